import Engine
import Memory
import TestSupport
import Testing

@Suite struct ResizeTests {
    @Test(arguments: [Interpolation.nearest, .bilinear])
    func `images of another size are the reference's, and gradients are slopes`(_ interpolation: Interpolation) throws {
        for (height, width) in [(7, 10), (2, 3), (4, 9), (1, 1), (12, 2)] {
            let example = OperationHarness.Case(name: "\(height) by \(width)", shapes: [[2, 4, 5, 3]]) {
                $0[0].resized(height: height, width: width, interpolation)
            }
            #expect(try OperationHarness().failures(example) == [])
        }
    }

    /// `tf.image.resize` of TensorFlow 2.21.
    @Test func `positions are the centres of equal parts`() throws {
        func row(_ values: [Float], to width: Int, _ interpolation: Interpolation) throws -> [Float] {
            let x = Graph().input("x", shape: [1, 1, values.count, 1])
            return try GraphRun([x.resized(height: 1, width: width, interpolation)], inputs: ["x": values]).outputs[0]
        }
        #expect(try row([1, 2], to: 4, .bilinear) == [1, 1.25, 1.75, 2])
        #expect(try row([1, 2, 3, 4], to: 2, .bilinear) == [1.5, 3.5])
        #expect(try row([1, 2, 3], to: 5, .nearest) == [1, 1, 2, 3, 3])
    }

    @Test func `many channels and rows are shared out among threads`() throws {
        let example = OperationHarness.Case(name: "", shapes: [[1, 16, 16, 300]]) {
            $0[0].resized(height: 32, width: 24, .bilinear)
        }
        for (what, distance) in try OperationHarness().check(example, slopes: false) where what != "loss" {
            #expect(distance < 1e-5, "\(what): \(distance)")
        }
    }
}
