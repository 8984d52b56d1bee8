// swift-tools-version: 6.2

import PackageDescription

// Tools/run-tests and Tools/quickstart set MILLRACE_STRICT, so that both share one build. A plain `swift build` does
// not fail on a warning that a newer compiler has invented.
let strict: [SwiftSetting] = Context.environment["MILLRACE_STRICT"] == nil ? [] : [.treatAllWarnings(as: .error)]
let settings: [SwiftSetting] = strict + [.swiftLanguageMode(.v6), .enableExperimentalFeature("Lifetimes")]
// Targets that parse bytes from files mark every unsafe operation.
let parsing: [SwiftSetting] = settings + [.strictMemorySafety()]

let package = Package(
    name: "millrace",
    products: [
        .library(name: "Millrace", targets: ["Millrace"]),
        .executable(name: "millrace", targets: ["MillraceCommand"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // C libraries: module map and shim, nothing else.
        .systemLibrary(name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"])]),
        .systemLibrary(name: "CDeflate", providers: [.apt(["libdeflate-dev"])]),
        .systemLibrary(name: "CZstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(name: "CLZ4", providers: [.apt(["liblz4-dev"])]),
        .systemLibrary(name: "CLZF", providers: [.apt(["liblzf-dev"])]),
        .systemLibrary(name: "CBlosc", providers: [.apt(["libblosc-dev"])]),
        .systemLibrary(name: "CXXHash", providers: [.apt(["libxxhash-dev"])]),
        .systemLibrary(name: "CGzip", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CZip", providers: [.apt(["libzip-dev"])]),
        .systemLibrary(name: "COneDNN", providers: [.apt(["libdnnl-dev"])]),
        // libjpeg and libpng report errors by longjmp, which is caught in C.
        .target(name: "CImages", linkerSettings: [.linkedLibrary("jpeg"), .linkedLibrary("png16")]),
        .target(name: "CKernels", linkerSettings: [.linkedLibrary("gomp"), .linkedLibrary("m")]),

        // A target imports only targets above it.
        .target(name: "Memory", swiftSettings: settings),
        .target(name: "Workers", dependencies: ["CKernels", "Memory"], swiftSettings: settings),
        .target(name: "Files", dependencies: ["Workers"], swiftSettings: parsing),
        .target(name: "JSONText", swiftSettings: settings),
        .target(
            name: "Codecs",
            dependencies: ["CBlosc", "CDeflate", "CGzip", "CKernels", "CLZ4", "CLZF", "CXXHash", "CZstd", "Memory"],
            swiftSettings: parsing),
        .target(name: "Images", dependencies: ["CImages", "CKernels", "Memory"], swiftSettings: parsing),
        .target(name: "Augmentation", dependencies: ["CKernels", "Memory"], swiftSettings: settings),
        .target(
            name: "HDF5Store", dependencies: ["CHDF5", "Codecs", "Files", "Memory", "Workers"], swiftSettings: parsing),
        .target(
            name: "Shards", dependencies: ["CKernels", "Codecs", "Files", "JSONText", "Memory", "Workers"],
            swiftSettings: parsing),
        .target(
            name: "DataSource",
            dependencies: [
                "Augmentation", "CKernels", "Codecs", "Files", "HDF5Store", "Images", "JSONText", "Memory", "Shards",
                "Workers",
            ],
            swiftSettings: settings),
        .target(
            name: "Conversion",
            dependencies: [
                "Augmentation", "CZip", "Codecs", "DataSource", "Files", "HDF5Store", "Images", "JSONText", "Memory",
                "Shards", "Workers",
            ], swiftSettings: settings),
        .target(name: "OneDNN", dependencies: ["COneDNN", "Memory"], swiftSettings: settings),
        .target(name: "Engine", dependencies: ["CKernels", "OneDNN", "Memory"], swiftSettings: settings),
        .target(
            name: "NeuralNetwork", dependencies: ["Augmentation", "CKernels", "Engine", "Memory"],
            swiftSettings: settings),
        .target(
            name: "KerasFiles",
            dependencies: ["Augmentation", "CZip", "HDF5Store", "JSONText", "Memory", "NeuralNetwork"],
            swiftSettings: settings),
        .target(
            name: "Training",
            dependencies: [
                "Augmentation", "CKernels", "Codecs", "DataSource", "Engine", "JSONText", "Memory", "NeuralNetwork",
                "Workers",
            ], swiftSettings: settings),
        .target(
            name: "Report", dependencies: ["DataSource", "Engine", "JSONText", "Memory", "NeuralNetwork", "Training"],
            swiftSettings: settings),
        .target(
            name: "Millrace",
            dependencies: [
                "Augmentation", "DataSource", "Engine", "HDF5Store", "KerasFiles", "Memory", "NeuralNetwork", "Report",
                "Training",
            ],
            swiftSettings: settings),

        // Programs.
        .executableTarget(
            name: "MillraceCommand",
            dependencies: [
                "Augmentation", "Conversion", "DataSource", "Engine", "HDF5Store", "Images", "JSONText", "KerasFiles",
                "Memory", "Millrace", "NeuralNetwork", "Report", "Shards", "Training", "Workers", "Yams",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], path: "Tools/millrace", swiftSettings: settings),
        .executableTarget(
            name: "millrace-benchmark",
            dependencies: [
                "Augmentation", "Conversion", "DataSource", "Engine", "Images", "JSONText", "Memory", "Millrace",
                "NeuralNetwork", "Shards", "Training", "Workers",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], path: "Tools/benchmark", swiftSettings: settings),
        .executableTarget(
            name: "millrace-fuzz",
            dependencies: [
                "HDF5Store", "Memory", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], path: "Tools/fuzz", swiftSettings: settings),

        // Tests: what they share, then from pure logic to whole runs.
        .target(
            name: "TestSupport",
            dependencies: ["DataSource", "Engine", "JSONText", "KerasFiles", "Memory", "NeuralNetwork", "Training"],
            path: "Tests/TestSupport", swiftSettings: settings),
        .target(name: "CAllocationCounter", path: "Tests/CAllocationCounter"),
        .testTarget(
            name: "TrainingTests",
            dependencies: [
                "CAllocationCounter", "DataSource", "Engine", "JSONText", "KerasFiles", "Memory", "NeuralNetwork",
                "Shards", "TestSupport", "Training",
            ], swiftSettings: settings),
        .testTarget(
            name: "ReportTests",
            dependencies: [
                "DataSource", "JSONText", "Memory", "NeuralNetwork", "Report", "TestSupport", "Training",
            ], swiftSettings: settings),
        .testTarget(name: "WorkersTests", dependencies: ["Workers"], swiftSettings: settings),
        .testTarget(name: "CodecsTests", dependencies: ["Codecs"], swiftSettings: settings),
        .testTarget(
            name: "AugmentationTests", dependencies: ["Augmentation", "CKernels", "JSONText", "Memory"],
            swiftSettings: settings),
        .testTarget(name: "ImagesTests", dependencies: ["Images", "JSONText"], swiftSettings: settings),
        .testTarget(
            name: "ShardsTests", dependencies: ["Codecs", "Files", "JSONText", "Memory", "Shards", "Workers"],
            swiftSettings: settings),
        .testTarget(
            name: "ConversionTests",
            dependencies: [
                "Codecs", "Conversion", "DataSource", "HDF5Store", "Images", "JSONText", "Memory", "Shards",
            ],
            swiftSettings: settings),
        .testTarget(name: "HDF5StoreTests", dependencies: ["Files", "HDF5Store", "Memory"], swiftSettings: settings),
        .testTarget(
            name: "DataSourceTests",
            dependencies: ["Augmentation", "DataSource", "HDF5Store", "Images", "Memory", "Shards"],
            swiftSettings: settings),
        // What `Millrace` re-exports is named too: an incremental build follows only what is written here.
        .testTarget(
            name: "MillraceTests",
            dependencies: [
                "DataSource", "Engine", "HDF5Store", "Memory", "Millrace", "NeuralNetwork", "TestSupport", "Training",
            ],
            swiftSettings: settings),
        .testTarget(name: "MemoryTests", dependencies: ["Memory"], swiftSettings: settings),
        .testTarget(
            name: "NeuralNetworkTests", dependencies: ["Engine", "Memory", "NeuralNetwork", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "EngineTests",
            dependencies: ["Engine", "JSONText", "KerasFiles", "Memory", "NeuralNetwork", "OneDNN", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "KerasFilesTests",
            dependencies: [
                "DataSource", "Engine", "HDF5Store", "JSONText", "KerasFiles", "Memory", "NeuralNetwork",
                "TestSupport", "Training",
            ], swiftSettings: settings),
        .testTarget(
            name: "CommandTests", dependencies: ["HDF5Store", "KerasFiles", "Memory", "NeuralNetwork", "Shards"],
            swiftSettings: settings),
    ]
)
