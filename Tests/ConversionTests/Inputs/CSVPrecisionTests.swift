import Conversion
import Foundation
import Memory
import Shards
import Testing

@Suite struct CSVPrecisionTests {
    private func open(_ text: String, _ options: RowInputOptions = RowInputOptions()) throws -> (Rows, any RowInput) {
        let scratch = try Scratch()
        let input = try makeRowInput(paths: [scratch.write(text.utf8, to: "t.csv")], options: options)
        return (try Rows(input), input)
    }

    private func options(y: [String] = [], _ types: [String: CSVOptions.ColumnType] = [:]) -> RowInputOptions {
        var options = RowInputOptions()
        options.y = y
        options.csv.types = types
        return options
    }

    @Test func `a declared type is kept when a label is named`() throws {
        let text = "a,b,y\n1,0.1234567890123,u\n2,16777217,v\n300,3,u\n"
        let (rows, input) = try open(text, options(y: ["y"], ["b": .number(.float64), "a": .number(.uint8)]))
        #expect(
            input.columns == [ShardColumn("a", .uint8), ShardColumn("b", .float64), ShardColumn("y", .int64)])
        #expect(rows.value(0, "b", as: Double.self) == 0.1234567890123)
        #expect(rows.value(1, "b", as: Double.self) == 16_777_217)
        #expect(rows.rejected.map(\.place) == ["line 4"] && rows.rejected[0].reason.contains("fits uint8"))
    }

    @Test func `joining a column of another type is refused`() throws {
        var joined = options(y: ["y"], ["b": .number(.float64)])
        joined.csv.joinsFeatures = true
        let error = #expect(throws: DataErrorAlias.self) { try open("a,b,y\n1,2,u\n", joined) }
        #expect(error?.kind == .usage && error?.dataset == "b" && error?.message.contains("--join") == true)
        let (_, input) = try open("a,b,y\n1,2,u\n", options(y: ["y"], ["b": .number(.float32)]))
        #expect(input.columns.map(\.name) == ["x", "y"])
    }

    @Test(arguments: [
        // Integers with a missing value that float32 rounds, and some that it holds.
        ("16777217,\nNA,\n", ScalarType.float64), ("16777216,\nNA,\n", .float32), ("-33554436,\n,\n", .float32),
        // Above the largest int64, with a sign and without one, and above all integers.
        ("9223372036854775808,\n1,\n", .uint64), ("9223372036854775809,\n-1,\n", .float64),
        ("184467440737095516150,\n1,\n", .float64),
        // Decimals of ten digits and of nine; leading and final zeros are none.
        ("1.234567891,\n2,\n", .float64), ("1.23456789,\n2,\n", .float32), ("0.000123400000000,\n2,\n", .float32),
        // Outside of float32's range.
        ("1e300,\n2.5,\n", .float64), ("1e-60,\n2.5,\n", .float64), ("inf,\n2.5,\n", .float32),
        ("9223372036854775807,\n-5,\n", .int64),
    ]) func `a type is inferred that holds what is written`(rows: String, type: ScalarType) throws {
        let (found, input) = try open("a,b\n" + rows)
        #expect(input.columns[0] == ShardColumn("a", type))
        #expect(found.rejected.isEmpty && found.count == 2)
    }

    @Test func `what is rounded all the same is said by name`() throws {
        // Also without missing values: joined columns are float32.
        let (_, joined) = try open("a,b,y\n16777217,2,u\n2,3,v\n", options(y: ["y"]))
        #expect(joined.columns[0] == ShardColumn("x", .float32, rowShape: [2]))
        #expect(joined.warnings.count == 1)
        #expect(joined.warnings[0].hasPrefix("column a:") && joined.warnings[0].contains("--no-join"))
        let (_, rounded) = try open("a,b\n9007199254740993,2\n,3\n")
        #expect(rounded.warnings.count == 1 && rounded.warnings[0].hasPrefix("column a:"))
        let (_, exact) = try open("a,b\n9007199254740993,2.5\n3,3\n")
        #expect(exact.warnings.isEmpty)
        let (_, declared) = try open("a,b,y\n16777217,2,u\n2,3,v\n", options(y: ["y"], ["a": .number(.float32)]))
        #expect(declared.warnings.isEmpty)
    }

    @Test func `a column that is not there is invalid data, not wrong usage`() throws {
        let error = #expect(throws: DataErrorAlias.self) { try open("a,b\n1,2\n", options(y: ["c"])) }
        #expect(error?.kind == .invalid && error?.dataset == "c")
    }
}
