/// The optimizer of Keras's name, with its defaults, whatever the case of the letters: `adam`, `AdamW`, `rmsprop`.
package func namedOptimizer(_ name: String) -> (any Optimizer)? { kerasOptimizers[name.lowercased()]?() }

/// Keras's names of optimizers that need no others, in lower case, sorted.
package var optimizerNames: [String] { kerasOptimizers.keys.sorted() }

private let kerasOptimizers: [String: @Sendable () -> any Optimizer] = [
    "adadelta": { Adadelta() }, "adafactor": { Adafactor() }, "adagrad": { Adagrad() }, "adam": { Adam() },
    "adamax": { Adamax() }, "adamw": { AdamW() }, "ftrl": { Ftrl() }, "lamb": { Lamb() }, "lion": { Lion() },
    "muon": { Muon() }, "nadam": { Nadam() }, "rmsprop": { RMSprop() }, "schedulefreeadamw": { ScheduleFreeAdamW() },
    "sgd": { SGD() },
]
