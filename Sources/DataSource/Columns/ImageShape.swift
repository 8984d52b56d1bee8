/// What encoded images become: rows of height x width x channels bytes.
public struct ImageShape: Sendable, Hashable {
    /// The longest side.
    static let longestSide = 65_535

    public var height: Int
    public var width: Int

    /// 1 grey, 3 colours, 4 colours and alpha; nil: those of the model's input, else 3.
    public var channels: Int?

    /// Describes a size. Images of another one are resized: bilinear with antialiasing, the aspect ratio is not kept.
    public init(height: Int, width: Int, channels: Int? = nil) {
        self.height = height
        self.width = width
        self.channels = channels
    }

    /// Reads `224x192`, height and width, or `224x192x3`; nil for anything else.
    public init?(parsing text: String) {
        let numbers = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard (2...3).contains(numbers.count), let height = numbers[0], let width = numbers[1],
            numbers.count == 2 || numbers[2] != nil
        else { return nil }
        self.init(height: height, width: width, channels: numbers.count == 3 ? numbers[2] : nil)
        guard problem == nil else { return nil }
    }

    /// Why no image can have this shape, or nil.
    var problem: String? {
        guard (1...Self.longestSide).contains(height), (1...Self.longestSide).contains(width) else {
            return "expected an image size of 1x1 to \(Self.longestSide)x\(Self.longestSide), found \(height)x\(width)"
        }
        guard let channels, ![1, 3, 4].contains(channels) else { return nil }
        return "expected images of 1 (grey), 3 (colours) or 4 channels (and alpha), found \(channels)"
    }
}
