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
}
