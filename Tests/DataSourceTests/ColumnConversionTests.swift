import DataSource
import Memory
import Testing

/// The batches of a source as one list of numbers for its first input, and one for its first target.
private func values(_ source: some Source, batchSize: Int = 5) throws -> (x: [Float], y: [Float]) {
    var result: (x: [Float], y: [Float]) = ([], [])
    func floats(_ column: BatchColumn) -> [Float] {
        column.type == .float32 ? Array(column.floats) : column.integers.map { Float($0) }
    }
    let stream = try source.batches(of: batchSize, shuffle: .none)
    while let batch = try stream.next() {
        result.x += floats(batch.inputs[0])
        if let target = batch.targets.first { result.y += floats(target) }
    }
    return result
}

private let pixels = (0..<600).map { UInt8(truncatingIfNeeded: $0 &* 37) }

@Suite struct ColumnConversionTests {
    @Test(arguments: [(1 / 255, 0), (2, -1), (-0.1, 0.3), (1e-30, 1e30), (0, 5)] as [(Float, Float)])
    func `scale is a product and a sum in float32`(factor: Float, offset: Float) throws {
        let plain = ArraySource(inputs: [ArrayColumn("x", pixels, rowShape: [6])], rowsPerBlock: 7)
        let found = try values(plain.converting("x", .scale(factor, offset: offset))).x
        #expect(found == pixels.map { Float($0) * factor + offset })
        let floats = (0..<600).map { Float($0) * 0.7 - 100 }
        let source = ArraySource(inputs: [ArrayColumn("x", floats, rowShape: [6])])
        #expect(
            try values(source.converting("x", .scale(factor, offset: offset))).x == floats.map { $0 * factor + offset })
    }

    @Test func `rows wider than what is scaled at once`() throws {
        let wide = (0..<30_000).map { Int32($0) }
        for width in [1, 4095, 5000, 10_000] {
            let whole = Array(wide.prefix(wide.count / width * width))
            let source = ArraySource(inputs: [ArrayColumn("x", whole, rowShape: [width])])
            #expect(try values(source.converting("x", .scale(0.3, offset: 1))).x == whole.map { Float($0) * 0.3 + 1 })
        }
    }

    @Test func `a cast decides the type in the batch`() throws {
        let source = ArraySource(
            inputs: [ArrayColumn("x", [Float(1), -2, 3])], targets: [ArrayColumn("y", [Int64(1), 2, 3])])
        let converted = try source.converting("x", .cast(.int32)).converting("y", .cast(.float32))
        #expect(converted.inputs[0].batchType == .int32 && converted.targets[0].batchType == .float32)
        let batch = try take(converted.batches(of: 3, shuffle: .none))
        let (x, y) = (batch.inputs[0], batch.targets[0])
        #expect(Array(x.integers) == [1, -2, 3])
        #expect(Array(y.floats) == [1, 2, 3])
        _ = batch.rowCount
    }

    @Test func `class numbers become one-hot rows and come back`() throws {
        let labels = (0..<50).map { Int64($0 * 7 % 10) }
        let x = ArrayColumn("x", [Float](repeating: 0, count: 50))
        for shape in [[], [1]] as [Shape] {
            let source = try ArraySource(inputs: [x], targets: [ArrayColumn("y", labels, rowShape: shape)])
                .converting("y", .oneHot(classes: 10))
            #expect(source.targets[0].batchRowShape == [10] && source.targets[0].batchType == .float32)
            let rows = try values(source).y
            #expect(rows == labels.flatMap { label in (0..<10).map { $0 == Int(label) ? Float(1) : 0 } })
            let back = ArraySource(inputs: [x], targets: [ArrayColumn("y", rows, rowShape: [10])])
            #expect(try values(back.converting("y", .sparse)).y == labels.map { Float($0) })
        }
    }

    @Test func `positions of a row have classes of their own`() throws {
        let x = ArrayColumn("x", [Float](repeating: 0, count: 2))
        let source = try ArraySource(
            inputs: [x], targets: [ArrayColumn("y", [UInt8]([0, 2, 1, 1, 2, 0]), rowShape: [3])]
        )
        .converting("y", .oneHot(classes: 3))
        #expect(source.targets[0].batchRowShape == [3, 3])
        #expect(try values(source).y == [1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0])
        let scores: [Float] = [0.1, 0.7, 0.2, 0.5, 0.5, 0, -3, -2, -1, 0, 0, 0]
        let sparse = try ArraySource(inputs: [x], targets: [ArrayColumn("y", scores, rowShape: [2, 3])])
            .converting("/y", .sparse)
        #expect(sparse.targets[0].batchRowShape == [2])
        // The first of equals: 0.5 and 0.5, and a row of zeros.
        #expect(try values(sparse).y == [1, 0, 2, 0])
    }

    @Test(arguments: [-1, 10, 1 << 40] as [Int64]) func `a class number outside is named, with its row`(bad: Int64)
        throws
    {
        let labels = (0..<100).map { $0 == 37 || $0 == 80 ? bad : Int64($0 % 10) }
        let source = try ArraySource(
            inputs: [ArrayColumn("x", [Float](repeating: 0, count: 100))], targets: [ArrayColumn("y", labels)],
            rowsPerBlock: 7
        ).converting("y", .oneHot(classes: 10))
        for workers in [1, 2, 7] {
            var options = BatchOptions()
            options.shuffle = .none
            options.decodeWorkers = workers
            let stream = try BatchStream(source, options: options)
            _ = try stream.next()
            let error = #expect(throws: DataError.self) { _ = try stream.next() }
            #expect(
                error.map { "\($0)" } == "y: row 37: expected a class number from 0 to 9 to make one-hot, found \(bad)")
        }
        // The row is that of the source, in every order.
        let error = #expect(throws: DataError.self) {
            let stream = try source.rows(50..<100).batches(of: 50, seed: 4)
            _ = try stream.next()
        }
        #expect(error?.rows == 30..<31)
    }

    @Test func `other values that do not fit are named as well`() throws {
        let x = ArrayColumn("x", [Float](repeating: 0, count: 4))
        func message(_ column: ArrayColumn, _ conversion: ColumnConversion) -> String {
            let error = #expect(throws: DataError.self) {
                _ = try values(ArraySource(inputs: [x], targets: [column]).converting("y", conversion))
            }
            return error.map { "\($0)" } ?? ""
        }
        #expect(
            message(ArrayColumn("y", [Float(1), 0, 1.5, 2]), .oneHot(classes: 3)).contains(
                "row 2: expected a class number from 0 to 2 to make one-hot, found 1.5"))
        #expect(
            message(ArrayColumn("y", [Float(1), 0.5, 1, 2]), .cast(.int32)).contains(
                "row 1: expected a whole number that fits int32, found 0.5"))
        #expect(
            message(ArrayColumn("y", [Float(1), 0, 1, 2, 0, .nan, 1, 1], rowShape: [2]), .sparse).contains(
                "row 2: expected numbers, the largest of which is the class, found nan"))
        let batch = #expect(throws: DataError.self) {
            _ = try Batch(
                inputs: [x], targets: [ArrayColumn("y", [Int32(0), 1, 2, 9]).converting(.oneHot(classes: 3))])
        }
        #expect(batch?.description == "y: row 3: expected a class number from 0 to 2 to make one-hot, found 9")
    }

    @Test func `what cannot be converted is refused`() throws {
        let source = ArraySource(
            inputs: [ArrayColumn("x", pixels)], targets: [ArrayColumn("y", pixels)],
            sampleWeight: ArrayColumn("w", pixels))
        for (column, conversion, text) in [
            ("z", .scale(1), "there is no column \"z\" to convert; the columns are x, y, w"),
            ("x", .scale(.nan), "finite"), ("x", .cast(.uint8), "cannot be cast to uint8"),
            ("y", .oneHot(classes: 0), "positive number of classes"), ("y", .sparse, "found one number a row"),
            ("w", .oneHot(classes: 2), "sample weights are float32"), ("w", .cast(.int32), "sample weights"),
        ] as [(String, ColumnConversion, String)] {
            let error = #expect(throws: DataError.self) { try source.converting(column, conversion) }
            #expect(error?.kind == .usage && error?.message.contains(text) == true, "\(error?.message ?? "")")
        }
        let weighted = try source.converting("w", .scale(0.5)).batches(of: 600, shuffle: .none)
        let batch = try take(weighted)
        let weights = batch.sampleWeight.map { Array($0.floats) }
        #expect(weights == pixels.map { Float($0) * 0.5 })
    }

    @Test func `a conversion changes the fingerprint, and not what is read`() throws {
        let source = try HDF5Source(Fixtures.hdf5("chunked-gzip"))
        let scaled = try source.converting("x", .scale(0.5))
        #expect(try scaled.fingerprint != source.fingerprint && scaled.fingerprint != nil)
        #expect(try scaled.fingerprint != source.converting("x", .scale(0.25)).fingerprint)
        #expect(try values(scaled).x == values(source).x.map { $0 * 0.5 })
        #expect(scaled.blocks == source.blocks && scaled.readerBytes == source.readerBytes)
    }
}
