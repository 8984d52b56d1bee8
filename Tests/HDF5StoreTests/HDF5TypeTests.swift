import HDF5Store
import Memory
import Testing

@Suite struct HDF5TypeTests {
    private let special = Fixtures.directory + "special/"

    @Test(arguments: ["upper", "lower", "mixed"])
    func `an enumeration of FALSE = 0 and TRUE = 1 is bool, whoever wrote it`(name: String) throws {
        let dataset = try HDF5File(path: special + "enumerations.h5").dataset(name)
        #expect(dataset.type.scalar == .bool && dataset.type.unsupportedAdvice == nil)
        #expect(
            try Fixtures.read(dataset, step: 9)
                == (0..<100).flatMap { row in (0..<6).map { Fixtures.value(.bool, row, $0) } })
    }

    @Test(arguments: ["opposite", "three", "wide", "names"])
    func `another enumeration is no bool`(name: String) throws {
        let type = try HDF5File(path: special + "enumerations.h5").dataset(name).type
        #expect(type.scalar == nil)
        #expect(type.description == "enumeration of \(name == "three" ? 3 : 2) names")
        #expect(type.unsupportedAdvice?.contains("FALSE = 0 and TRUE = 1 in one byte") == true)
    }

    @Test(arguments: [
        ("text", "string of variable length", "bytes column"), ("fixed", "string of 2 bytes", "bytes column"),
        ("ragged", "list of variable length", "ragged column"), ("record", "compound of 2 fields", "CSV"),
        ("complex", "compound of 2 fields", "complex number as two"), ("opaque", "opaque of 3 bytes", "bytes column"),
    ])
    func `what the shard tool can do for other data is said`(name: String, description: String, advice: String) throws {
        let type = try HDF5File(path: special + "not-numbers.h5").dataset(name).type
        #expect(type.scalar == nil && type.description == description)
        #expect(type.unsupportedAdvice?.contains("`millrace shard convert`") == true)
        #expect(type.unsupportedAdvice?.contains(advice) == true)
    }

    @Test(arguments: [
        ("array", "array", "extents of the dataset"), ("reference", "reference", "a dataset of its own"),
        ("bits", "bit field of 1 bytes", "integers"), ("integer17", "17-bit integer in 4 bytes", "integers of 1, 2, 4"),
        ("float-bias", "float of 4 bytes in an unusual format", "IEEE"),
    ])
    func `numbers in formats of their own are refused`(name: String, description: String, advice: String) throws {
        let type = try HDF5File(path: special + "not-numbers.h5").dataset(name).type
        #expect(type.scalar == nil && type.description == description)
        #expect(type.unsupportedAdvice?.contains(advice) == true)
    }
}
