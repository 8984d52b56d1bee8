import Foundation
import TestSupport
import Testing

/// Processors that have no kernels of bfloat16: oneDNN is told to be one, in a process of its own, since it looks once.
@Suite struct OtherProcessorTests {
    @Test func `mixed_bfloat16 computes what Keras does without AVX-512`() async {
        await #expect(processExitsWith: .success) {
            setenv("ONEDNN_MAX_CPU_ISA", "AVX2", 1)
            let goldens = ModelGoldens("precision")
            for name in goldens.cases {
                let differences = try goldens.differences(in: name)
                #expect(differences == [], "\(name)")
            }
        }
    }
}
