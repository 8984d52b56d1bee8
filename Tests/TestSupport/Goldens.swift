// TestSupport: what several test targets share. Reference values of Keras, formulas of inputs, comparisons.

import Foundation
import JSONText
import Memory

/// The files of `fixtures/`.
package enum Fixtures {
    package static let directory = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "fixtures").path

    package static func path(_ name: String) -> String { directory + "/" + name }

    /// The cases of a file of reference values, by name.
    package static func goldens(_ name: String) -> [JSONValue.Member] {
        guard let text = FileManager.default.contents(atPath: path("goldens/\(name).json")) else {
            fatalError("fixtures/goldens/\(name).json is missing")
        }
        do {
            return try JSONValue(parsing: Array(text))["cases"]!.members!
        } catch {
            fatalError("fixtures/goldens/\(name).json: \(error)")
        }
    }
}

/// `s · sin(0.7 · i + k)`, row-major, in double and rounded to float32: the inputs of all reference values.
package func det(_ shape: Shape, _ k: Double, _ s: Double) -> [Float] {
    (0..<shape.elementCount).map { Float(s * sin(0.7 * Double($0) + k)) }
}

extension JSONValue {
    /// All numbers of an array, nested ones in order.
    package var floats: [Float] {
        if let elements = arrayValue { return elements.flatMap(\.floats) }
        return doubleValue.map { [Float($0)] } ?? []
    }

    package var shape: Shape { Shape(arrayValue!.map { $0.integerValue! }) }
}

/// The largest difference, measured against `1 + |expected|`; infinite for different counts and for NaN.
package func distance(_ found: [Float], _ expected: [Float]) -> Float {
    guard found.count == expected.count else { return .infinity }
    return zip(found, expected).reduce(0) { worst, pair in
        let difference = abs(pair.0 - pair.1) / (1 + abs(pair.1))
        return difference.isNaN ? .infinity : max(worst, difference)
    }
}

/// A zeroed buffer that can be kept in arrays and tuples.
package final class TestBuffer {
    private let buffer: AlignedBuffer

    package init(byteCount: Int) { buffer = AlignedBuffer(byteCount: byteCount) }

    package var address: UnsafeMutableRawPointer { buffer.address }
    package var bytes: UnsafeMutableRawBufferPointer { buffer.bytes }
    package var floats: UnsafeMutableBufferPointer<Float> { buffer.floats }
}
