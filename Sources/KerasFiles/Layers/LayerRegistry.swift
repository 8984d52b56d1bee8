import JSONText
import NeuralNetwork

/// All layers that can be loaded, by Keras's class name. Each family lists its own beside its layers.
enum LayerRegistry {
    private static var families: [[any LayerCoding.Type]] {
        [
            activation, attention, augmentation, convolution, core, merging, normalization, pooling, preprocessing,
            recurrent,
            regularization, reshaping,
        ]
    }

    private static func type(_ kind: String) -> (any LayerCoding.Type)? {
        families.lazy.joined().first { $0.kind == kind }
    }

    /// The layer that a configuration describes, named and frozen as it says.
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Layer {
        let layer: Layer
        if ModelDecoder.isModel(configuration.kind) {
            layer = try ModelDecoder.decode(configuration)
        } else {
            guard let type = type(configuration.kind) else {
                let known = (families.joined().map { $0.kind } + ["Functional", "Sequential"]).sorted()
                throw configuration.error(
                    "this layer is not supported; supported are \(known.joined(separator: ", "))")
            }
            layer = try decode(configuration, as: type)
            layer.policy = try configuration.policy()
            layer.activityRegularizer = try configuration.regularizer("activity_regularizer")
        }
        layer.name = configuration.name
        // A layer around layers whose class does not take it passes on what these say.
        if configuration.config["trainable"] != nil {
            layer.isTrainable = try configuration.bool("trainable", default: true)
        }
        // A model's own type is that of none of its layers; the shape of an input is known from elsewhere.
        configuration.config.ignore("dtype", "batch_input_shape")
        try configuration.refuseUnknown()
        return layer
    }

    /// A layer of a class; one with the channels in front as one that has them last, turned.
    private static func decode(
        _ configuration: LayerConfiguration, as type: any LayerCoding.Type
    ) throws(ConfigurationError) -> Layer {
        guard configuration.config.value[channelsFirst.key] == channelsFirst.value,
            ChannelsFirst.kinds.contains(configuration.kind)
        else { return try type.decode(configuration) }
        let turned = configuration.setting(channelsFirst.key, to: .string("channels_last"))
        let inner = try type.decode(turned)
        configuration.config.ignore(turned.config.asked)
        return ChannelsFirst(inner)
    }

    private static let channelsFirst = JSONValue.Member(key: "data_format", value: .string("channels_first"))

    /// The object that Keras writes for a layer, without its connections; a nameless one for a layer that Keras has not.
    static func encode(_ layer: Layer) -> [JSONValue.Member] {
        if let model = layer as? Model { return ModelEncoder.encode(model) }
        let turned = layer as? ChannelsFirst
        guard let coding = (turned?.inner ?? layer) as? any LayerCoding else {
            return JSONValue.nameless(layer.kind, layer.name).members!
        }
        let common: [JSONValue.Member] =
            [
                .init(key: "name", value: .string(layer.name)),
                .init(key: "trainable", value: .bool(layer.isTrainable)),
                .init(key: "dtype", value: .policy(layer.policy)),
            ] + (layer.activityRegularizer.map { [.init(key: "activity_regularizer", value: .regularizer($0))] } ?? [])
        let taken = common.filter { !Swift.type(of: coding).missing.contains($0.key) }
        let own = coding.encoded.map { turned != nil && $0.key == channelsFirst.key ? channelsFirst : $0 }
        return [
            .init(key: "module", value: .string("keras.layers")),
            .init(key: "class_name", value: .string(layer.kind)),
            .init(key: "config", value: .object(taken + own)),
            .init(key: "registered_name", value: .null),
        ]
    }
}
