import Foundation
import OneDNN
import Testing

/// Primitives of bfloat16 where oneDNN has none.
@Suite struct WidthTests {
    @Test func `primitives of bfloat16 are made for the oldest processors`() async {
        await #expect(processExitsWith: .success) {
            setenv("ONEDNN_MAX_CPU_ISA", "SSE41", 1)
            func layout(_ extents: [Int]) -> MemoryDescriptor { .init(rowMajor: extents, type: .bfloat16) }
            let product = try PrimitiveDescription.innerProduct(
                source: layout([4, 8]), weights: .init(any: [3, 8], type: .bfloat16), bias: .init(rowMajor: [3]),
                destination: layout([4, 3]), propagation: .training)
            #expect(product.isWide)
            #expect([.source, .weights, .destination].allSatisfy { product.isWidened($0) })
            #expect(!product.isWidened(.bias))
            // They are told in the type that was asked for.
            #expect(product.layout(.destination) == layout([4, 3]))
            #expect(product.layout(.weights).isBfloat16)
            // A backward primitive follows its hint.
            let gradient = try PrimitiveDescription.innerProductWeightsGradient(
                source: layout([4, 8]), weights: .init(any: [3, 8]), bias: nil, destination: layout([4, 3]),
                hint: product)
            #expect(gradient.isWidened(.destinationGradient))
            #expect(!gradient.isWidened(.weightsGradient))
        }
    }

    @Test func `views that begin later are read from there without AVX-512`() async {
        await #expect(processExitsWith: .success) {
            setenv("ONEDNN_MAX_CPU_ISA", "AVX2", 1)
            typealias Case = OperationHarness.Case
            let cases = [
                Case(name: "product", shapes: [[4, 7], [5, 9]]) { t in
                    t[0].sliced(axis: 1, 2..<7).matrixProduct(t[1].sliced(axis: 1, 6..<9))
                },
                Case(name: "product of last rows", shapes: [[7, 4], [9, 5]]) { t in
                    t[0].sliced(axis: 0, 3..<7).matrixProduct(t[1].sliced(axis: 0, 5..<9))
                },
                Case(name: "batched product", shapes: [[2, 4, 7], [2, 5, 9]]) { t in
                    t[0].sliced(axis: 2, 2..<7).matrixProduct(t[1].sliced(axis: 2, 4..<9))
                },
                Case(name: "inner product", shapes: [[4, 7], [5, 3], [3]]) { t in
                    t[0].sliced(axis: 1, 2..<7).innerProduct(t[1], bias: t[2])
                },
                Case(name: "convolution", shapes: [[2, 6, 6, 5], [3, 3, 3, 4]]) { t in
                    t[0].sliced(axis: 3, 2..<5).convolution2D(t[1])
                },
            ]
            for example in cases {
                for (what, distance) in try OperationHarness().check(example) {
                    #expect(distance < 1e-4, "\(example.name) \(what): \(distance)")
                }
            }
        }
    }
}
