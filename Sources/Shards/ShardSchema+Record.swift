package import JSONText

extension ShardSchema {
    /// Reads what `json(shard:)` writes, for records that hold the schema of a dataset.
    package init(json value: JSONValue) throws(ShardError) {
        do throws(JSONFields.Failure) {
            self = try Self.read(JSONFields(value, place: "schema")).0
        } catch {
            throw ShardError(.damaged, path: "", error.message)
        }
    }
}
