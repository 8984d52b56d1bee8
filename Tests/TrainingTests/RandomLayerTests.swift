import Augmentation
import DataSource
import Engine
import KerasFiles
import Memory
import NeuralNetwork
import Testing
import Training

/// Random layers of a model are done where batches are filled.
@Suite struct RandomLayerTests {
    private static let shape: Shape = [8, 9, 3]

    private static func pixels(_ rows: Int) -> [Float] {
        (0..<rows * 216).map { place -> Float in
            let value = place * 37 + place / 216 * 11
            return Float(value % 256)
        }
    }

    private func source(_ rows: Int = 24) -> ArraySource {
        ArraySource(
            inputs: [ArrayColumn("x", Self.pixels(rows), rowShape: Self.shape)],
            targets: [ArrayColumn("y", (0..<rows).map { Int64($0 % 4) })], rowsPerBlock: 5)
    }

    private func model(_ layers: [Layer]) throws -> Model {
        let input = Input(8, 9, 3)
        var value = input
        for layer in layers { value = try layer(value) }
        let model = try Model(inputs: [input], outputs: [Dense(4)(Flatten()(value))], seed: 3)
        try model.compile(optimizer: .sgd(learningRate: 1e-6), loss: .sparseCategoricalCrossentropy(fromLogits: true))
        return model
    }

    @Test func `inference leaves images as they are, and crops the middle`() throws {
        let images = source()
        let plain = try model([]).predict(images)
        let random = try model([
            RandomFlip(), RandomRotation(-0.2...0.2), RandomContrast(0...0.5), RandomErasing(), MixUp(),
        ])
        #expect(try random.predict(images) == plain)
        let middle = try model([CenterCrop(5, 6)]).predict(images)
        #expect(try model([RandomCrop(5, 6), RandomFlip()]).predict(images) == middle)
    }

    @Test func `training sees other images, the same for any number of workers`() throws {
        func trained(_ layers: [Layer], workers: Int) throws -> [Float] {
            let model = try model(layers)
            var settings = FitSettings()
            (settings.epochs, settings.batchSize, settings.decodeWorkers) = (2, 7, workers)
            let images = source()
            try model.fit(images, settings, try model.plan(images, settings), callbacks: [])
            return model.weights[0].values
        }
        let plain = try trained([], workers: 1)
        let layers: () -> [Layer] = {
            [
                Rescaling(1 / 255), RandomCrop(6, 7), RandomRotation(-0.2...0.2),
                RandomBrightness(0...0.1, valueRange: 0...1),
            ]
        }
        let first = try trained(layers(), workers: 1)
        #expect(first.allSatisfy { $0.isFinite })
        for workers in [2, 7] { #expect(try trained(layers(), workers: workers) == first) }
        #expect(try trained([RandomFlip()], workers: 2) != plain)
        #expect(try trained([RandomFlip(), MixUp()], workers: 2) != (try trained([RandomFlip()], workers: 2)))
    }

    @Test func `layers of one parameter do what they say, behind rescaling and a crop`() throws {
        // Brightness by a fixed amount: the loss is that of a model without the layer on brighter images.
        let images = source(8)
        let random = try model([Rescaling(0.5), CenterCrop(5, 6), RandomBrightness(0.25...0.25, valueRange: 0...1000)])
        let fixed = try model([Rescaling(0.5, offset: 250), CenterCrop(5, 6)])
        for model in [random, fixed] { model.learningRate = 0 }
        let left = try random.fit(images, batchSize: 8, shuffle: .none, callbacks: [])
        let right = try fixed.fit(images, batchSize: 8, shuffle: .none, callbacks: [])
        let losses = [left["loss"].first, right["loss"].first].compactMap { $0 }
        #expect(losses.count == 2 && abs(losses[0] - losses[1]) < 1e-3 * abs(losses[1]))
        let labels = (0..<8).map { Int32($0 % 4) }
        let batch = try random.trainOnBatch(Batch(x: Self.pixels(8), shape: Self.shape, y: labels))
        #expect(abs(batch.loss - losses[1]) < 1e-3 * abs(losses[1]))
    }

    @Test func `a model within the model, and layers in the middle`() throws {
        let inner = Input(8, 9, 3)
        let augmenting = try Model(inputs: [inner], outputs: [RandomFlip(.vertical)(RandomZoom(0...0.2)(inner))])
        let model = try model([augmenting])
        #expect(try model.inputAugmentations().map { $0?.operations.count } == [2])
        let middle = try self.model([Conv2D(3, kernel: 1), RandomFlip(name: "late")])
        _ = try middle.predict(source())
        do {
            try middle.fit(source(), callbacks: [])
            Issue.record("trained")
        } catch {
            #expect("\(error)".contains("layer \"late\" (RandomFlip) stands in the middle of the model"))
        }
    }

    @Test func `a pipeline at the input is what its layers are there`() throws {
        let layers: () -> [Layer] = {
            [RandomFlip(), Rescaling(1 / 255), RandomCrop(6, 7), RandomBrightness(0.1...0.2, valueRange: 0...1)]
        }
        let images = source()
        func trained(_ layers: [Layer]) throws -> [Float] {
            let model = try model(layers)
            _ = try model.fit(images, batchSize: 7, callbacks: [])
            return model.weights[0].values
        }
        let flat = try trained(layers())
        #expect(try trained([Pipeline(layers())]) == flat)
        #expect(try trained([Pipeline([Pipeline(Array(layers().prefix(2)))] + layers().dropFirst(2))]) == flat)
        #expect(try trained([Rescaling(1 / 255), CenterCrop(6, 7)]) != flat)
        let middle = try model([Rescaling(1 / 255), CenterCrop(6, 7)]).predict(images)
        #expect(try model([Pipeline(layers())]).predict(images) == middle)
        // What is not at the input is refused, within a pipeline, too, and a layer that is used elsewhere.
        for late in [
            Pipeline([Conv2D(3, kernel: 1), RandomFlip(name: "late")]),
            Pipeline([RandomFlip(), Conv2D(3, kernel: 1), RandomZoom(0...0.1, name: "late")]),
        ] {
            let error = #expect(throws: TrainingError.self) { try model([late]).fit(images, callbacks: []) }
            #expect(error?.description.contains("layer \"late\" (Random") == true)
            #expect(error?.description.contains("stands in the middle of the model") == true)
        }
        let twice = RandomFlip(name: "twice")
        let both = try model([twice, Pipeline([twice])])
        #expect(throws: TrainingError.self) { try both.fit(images, callbacks: []) }
    }

    @Test func `channels in front are changed as channels behind`() throws {
        let layers: () -> [Layer] = {
            [
                RandomFlip(), RandomCrop(6, 7), RandomRotation(-0.2...0.2), RandomContrast(0...0.5),
                RandomErasing(), RandomHue(0...0.2),
            ]
        }
        let rows = 12
        let turned = (0..<rows).flatMap { row in
            (0..<3).flatMap { channel in
                (0..<72).map { Self.pixels(rows)[row * 216 + $0 * 3 + channel] }
            }
        }
        func source(_ values: [Float], _ shape: Shape) -> ArraySource {
            ArraySource(
                inputs: [ArrayColumn("x", values, rowShape: shape)],
                targets: [ArrayColumn("y", (0..<rows).map { Int64($0 % 4) })], rowsPerBlock: 5)
        }
        func figures(_ input: LayerOutput, _ images: ArraySource, _ layers: [Layer]) throws -> [Double?] {
            var value = input
            for layer in layers { value = try layer(value) }
            let model = try Model(inputs: [input], outputs: [Dense(4)(Flatten()(value))], seed: 3)
            try model.compile(optimizer: .sgd(learningRate: 0), loss: .sparseCategoricalCrossentropy(fromLogits: true))
            let loss = try model.fit(images, batchSize: 6, shuffle: .none, callbacks: [])["loss"].first
            return [loss, try model.evaluate(images, batchSize: 6).loss]
        }
        let last = try figures(Input(8, 9, 3), source(Self.pixels(rows), Self.shape), layers())
        let turns: [Layer] = layers().map { ChannelsFirst($0) }
        let first = try figures(Input(3, 8, 9), source(turned, [3, 8, 9]), turns + [Permute([2, 3, 1])])
        #expect(first == last)
        #expect(last[0] != last[1])
        // One order behind the other: the part that was cut out would lie in two places.
        let input = Input(8, 9, 9)
        let mixed = try ChannelsFirst(RandomCrop(6, 7))(RandomCrop(6, 7)(input))
        let model = try Model(inputs: [input], outputs: [Dense(4)(Flatten()(mixed))])
        #expect(throws: ModelError.self) { try model.inputAugmentations() }
    }

    @Test func `a crop behind open axes, of images of the batch's size`() throws {
        func model(_ input: LayerOutput, _ layers: [Layer]) throws -> Model {
            var value = input
            for layer in layers + [Conv2D(2, kernel: 3), Flatten(), Dense(4)] { value = try layer(value) }
            let model = try Model(inputs: [input], outputs: [value], seed: 4)
            try model.compile(
                optimizer: .sgd(learningRate: 1e-6), loss: .sparseCategoricalCrossentropy(fromLogits: true))
            return model
        }
        let layers: () -> [Layer] = { [RandomFlip(), Pipeline([RandomCrop(5, 6, name: "window")])] }
        let open = try model(Input(nil, nil, 3), layers())
        let labels = (0..<4).map { Int32($0 % 4) }
        for (height, width) in [(8, 9), (11, 6), (8, 9), (5, 7)] {
            let shape: Shape = [height, width, 3]
            let values = Array((Self.pixels(8) + Self.pixels(8)).prefix(4 * shape.elementCount))
            let batch = try Batch(x: values, shape: shape, y: labels)
            let fixed = try model(Input(height, width, 3), layers())
            try fixed.setWeights(open.weights.map(\.values))
            fixed.iterations = open.iterations
            #expect(try open.trainOnBatch(batch).loss == fixed.trainOnBatch(batch).loss)
            #expect(open.weights.map(\.values) == fixed.weights.map(\.values))
            #expect(try open.predictOnBatch(batch) == fixed.predictOnBatch(batch))
        }
        let images = source()
        let fixed = try model(Input(8, 9, 3), layers())
        try fixed.setWeights(open.weights.map(\.values))
        fixed.iterations = open.iterations
        #expect(
            try open.fit(images, batchSize: 7, callbacks: [])["loss"]
                == fixed.fit(images, batchSize: 7, callbacks: [])["loss"])
        // Keras would enlarge a smaller image.
        let small = try Batch(x: Array(Self.pixels(2).prefix(4 * 60)), shape: [4, 5, 3], y: labels)
        let error = #expect(throws: TrainingError.self) { try open.trainOnBatch(small) }
        let text = error?.description ?? ""
        #expect(text.contains("window") && text.contains("larger than the images of 4 x 5"), "\(text)")
    }

    @Test func `tones are stretched in inference, too, and once while training`() throws {
        // Behind the stretching the brightness goes beyond what the layer by itself would leave.
        let layers: () -> [Layer] = {
            [AutoContrast(), RandomBrightness(0.25...0.25, valueRange: 0...1000)]
        }
        let images = source(8)
        let (random, plain) = (try model(layers()), try model([Rescaling(1, offset: 250)]))
        for model in [random, plain] { model.learningRate = 0 }
        // The pixels of each image of the source go from 0 to 255 in no channel, so that stretching changes them.
        let stretched = try model([AutoContrast()]).predict(images)
        #expect(stretched != (try model([]).predict(images)))
        #expect(try random.predict(images) == stretched)
        let pixels = Self.stretched(Self.pixels(8))
        let wide = ArraySource(
            inputs: [ArrayColumn("x", pixels, rowShape: Self.shape)],
            targets: [ArrayColumn("y", (0..<8).map { Int64($0 % 4) })], rowsPerBlock: 5)
        let left = try random.fit(images, batchSize: 8, shuffle: .none, callbacks: [])
        let right = try plain.fit(wide, batchSize: 8, shuffle: .none, callbacks: [])
        let losses = [left["loss"].first, right["loss"].first].compactMap { $0 }
        #expect(losses.count == 2 && abs(losses[0] - losses[1]) < 1e-3 * abs(losses[1]))
    }

    private static func stretched(_ pixels: [Float]) -> [Float] {
        var result = pixels
        for image in 0..<pixels.count / 216 {
            for channel in 0..<3 {
                let places = (0..<72).map { image * 216 + $0 * 3 + channel }
                let values = places.map { pixels[$0] }
                let (low, high) = (values.min() ?? 0, values.max() ?? 1)
                for place in places { result[place] = (pixels[place] - low) * 255 / (high - low) }
            }
        }
        return result
    }

    @Test func `every layer trains, and leaves images alone in inference`() throws {
        let layers: [Layer] = [
            RandomSharpness(0...1), RandomPosterization(1...4), RandomColorDegeneration(0...1), RandomInvert(1...1),
            RandomColorJitter(brightnessFactor: 0.1...0.3, contrastFactor: 0...0.4, saturationFactor: 0.3...0.7),
            Solarization(thresholdFactor: 0...1), Equalization(), RandomPerspective(1...1), RandomElasticTransform(),
            AugMix(),
        ]
        let images = source(6)
        let plain = try model([]).predict(images)
        func loss(_ layers: [Layer]) throws -> Double? {
            let model = try model(layers)
            model.learningRate = 0
            return try model.fit(images, batchSize: 6, shuffle: .none, callbacks: [])["loss"].first
        }
        let unchanged = try #require(try loss([]))
        for layer in layers {
            let changed = try #require(try loss([layer]))
            #expect(changed.isFinite && abs(changed - unchanged) > 1e-6 * abs(unchanged), "\(layer.kind)")
            #expect(try model([layer]).predict(images) == plain, "\(layer.kind)")
        }
    }

    @Test func `other images than layers take are refused`() throws {
        let input = Input(8, 9, 2)
        #expect(throws: ModelError.self) { try RandomHue(0...0.5)(input) }
        #expect(throws: ModelError.self) { try RandomCrop(9, 9)(input) }
        #expect(throws: ModelError.self) { try AugMix()(input) }
        #expect(throws: ModelError.self) { try RandomFlip()(Input(5)) }
    }
}
