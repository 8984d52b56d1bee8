import ArgumentParser
import Foundation
import JSONText
import Memory

/// Random changes of images beside torchvision's and Keras's, one by one.
struct CompareAugmentation: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "augmentation",
        abstract: "Images per second of every random change, beside torchvision's v2 and Keras's layers.",
        discussion: """
            Every image has parameters of its own. Ours and torchvision's run on one image after the other on each core,
            Keras's layers on batches of 32, compiled, on all cores: on TensorFlow, and on JAX. Peers that are not installed,
            and layers that do not run on a backend, are left out. In parentheses how many times as fast we are.
            """)

    @Option(help: "A Python with Tools/peers/requirements.txt; without one only we are measured.")
    var python: String?

    @Option(parsing: .upToNextOption, help: "Height and width of the images.")
    var sizes = [32, 224]

    @Option(help: "Seconds for each change.")
    var seconds = 0.5

    @Option(help: "Threads of ours.")
    var threads = 2

    func run() throws {
        for size in sizes {
            for type in [ScalarType.uint8, .float32] {
                let ours = AugmentationRate(size: size, type: type, seconds: seconds, threads: threads)
                let peers = python.map { python in
                    Self.peers.map { rates(of: $0, python, size, type) }
                }
                print("\(size) x \(size) x 3 \(type.rawValue): images per second, \(threads) threads")
                let names = peers == nil ? [] : Self.peers.map { pad($0, 24) }
                print("  \(pad("", 14))\(pad("millrace", 14))\(names.joined())")
                for (name, words) in AugmentationRate.changes {
                    guard let rate = try ours.measure(words) else { continue }
                    let beside = (peers ?? []).map { peer in
                        guard let other = peer[name]?.doubleValue else { return pad("-", 24) }
                        return pad("\(Int(other)) (\(fixed(rate / other, 1))x)", 24)
                    }
                    print("  \(pad(name, 14))\(pad("\(Int(rate))", 14))\(beside.joined())")
                }
            }
        }
    }

    private static let peers = ["torchvision", "keras", "keras-jax"]

    private func rates(of peer: String, _ python: String, _ size: Int, _ type: ScalarType) -> JSONValue {
        let arguments = [
            "Tools/peers/augmentation_peers.py", "--peer", peer, "--size", "\(size)", "--type", type.rawValue,
            "--seconds", "\(seconds)",
        ]
        do { return try ChildRun.script(python, arguments) } catch {
            print("\(peer): \(error)")
            return .object([])
        }
    }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }

    private func fixed(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
}
