/// A setting, what it should be, and why.
package struct Recommendation: Sendable, Hashable {
    /// What is set, in words.
    package var setting: String
    /// What it should be, in words.
    package var value: String
    /// A sentence with what was measured or computed.
    package var reason: String
    /// The option of `millrace train` and its value; nil where it does by itself what is recommended.
    package var option: Option?
    /// A command that does what is recommended, for what no option of training can.
    package var command: String?

    /// An option by its name on the command line, without the dashes.
    package struct Option: Sendable, Hashable {
        package var name: String
        package var value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    package init(_ setting: String, _ value: String, option: Option? = nil, command: String? = nil, _ reason: String) {
        self.setting = setting
        self.value = value
        self.reason = reason
        self.option = option
        self.command = command
    }
}
