// Makes a large dataset out of a small one, a chunk at a time: for the quickstart and for tests of large data.

import ArgumentParser
import DataSource
import Glibc
import HDF5Store
import Memory

@main
struct ExpandDigits: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "expand-digits",
        abstract: "Writes shifted and rotated copies of images to a gzip HDF5 file, in bounded memory.",
        discussion: """
            Each pass over the input comes in another order, and each copy is moved by up to a pixel and turned by up to
            fifteen degrees. The same seed gives the same file.
            """)

    @Argument(help: "An HDF5 file with images (rows, height, width) and labels.")
    var input: String

    @Argument(help: "The HDF5 file to write: float32 images and int64 labels.")
    var output: String

    @Option(help: "Rows to write.")
    var rows = 1_200_000

    @Option(help: "Chooses orders, shifts and turns.")
    var seed: UInt64 = 0

    /// Rows of a chunk: 64 KiB of 8×8 images.
    private static let chunkRows = 256

    func run() throws {
        let source = try HDF5Source(input)
        guard source.inputs[0].rowShape.rank == 2, rows > 0 else {
            throw ValidationError("expected images (height, width) and a positive number of rows")
        }
        let shape = source.inputs[0].rowShape
        var options = BatchOptions()
        options.batchSize = Self.chunkRows
        options.seed = seed
        options.epochs = 0..<(rows + source.rowCount - 1) / source.rowCount
        options.targetTypes = [.int32]
        let stream = try BatchStream(source, options: options)
        let writer = try HDF5FileWriter(path: output)
        // The lowest level: random fractions hardly compress, and time matters more here.
        let images = try writer.rows("images", type: .float32, rowShape: shape, chunkRows: Self.chunkRows, level: 1)
        let labels = try writer.rows("labels", type: .int64, rowShape: [], chunkRows: 4096, level: 1)
        var moved = [Float](repeating: 0, count: Self.chunkRows * shape.elementCount)
        var written = 0
        while written < rows, let batch = try stream.next() {
            let count = min(batch.rowCount, rows - written)
            let pixels = batch.inputs[0].floats
            for row in 0..<count {
                let movement = Movement(seed: seed, index: UInt64(written + row))
                movement.apply(to: pixels, row: row, shape: shape, into: &moved)
            }
            try moved.withUnsafeBytes {
                try images.append(UnsafeRawBufferPointer(rebasing: $0[..<(count * shape.elementCount * 4)]))
            }
            let numbers = batch.targets[0].integers.prefix(count).map(Int64.init)
            try numbers.withUnsafeBytes { try labels.append($0) }
            written += count
        }
        try images.finish()
        try labels.finish()
        try writer.commit()
    }
}

/// A shift and a turn, drawn by number.
private struct Movement {
    let down: Float
    let right: Float
    let sine: Float
    let cosine: Float

    init(seed: UInt64, index: UInt64) {
        var state = seed &* 0x9e37_79b9_7f4a_7c15 &+ index
        func uniform() -> Float {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return Float((mixed ^ (mixed >> 31)) >> 40) * 0x1p-23 - 1
        }
        down = uniform()
        right = uniform()
        let angle = uniform() * 15 * .pi / 180
        (sine, cosine) = (sinf(angle), cosf(angle))
    }

    /// Bilinear samples around the centre; what comes from outside is 0.
    func apply(to pixels: UnsafeBufferPointer<Float>, row: Int, shape: Shape, into target: inout [Float]) {
        let (height, width) = (shape[0], shape[1])
        let base = row * height * width
        let centre = (Float(height - 1) / 2, Float(width - 1) / 2)
        func pixel(_ y: Int, _ x: Int) -> Float {
            y >= 0 && y < height && x >= 0 && x < width ? pixels[base + y * width + x] : 0
        }
        for y in 0..<height {
            for x in 0..<width {
                let (dy, dx) = (Float(y) - centre.0 - down, Float(x) - centre.1 - right)
                let (sy, sx) = (centre.0 + cosine * dy + sine * dx, centre.1 - sine * dy + cosine * dx)
                let (top, left) = (sy.rounded(.down), sx.rounded(.down))
                let (fy, fx, iy, ix) = (sy - top, sx - left, Int(top), Int(left))
                target[base + y * width + x] =
                    (1 - fy) * ((1 - fx) * pixel(iy, ix) + fx * pixel(iy, ix + 1))
                    + fy * ((1 - fx) * pixel(iy + 1, ix) + fx * pixel(iy + 1, ix + 1))
            }
        }
    }
}
