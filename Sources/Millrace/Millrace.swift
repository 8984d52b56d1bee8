// Millrace: what a user of the library imports. Re-exports, and what needs two of the targets that it re-exports.

@_exported public import Augmentation
@_exported public import DataSource
@_exported public import Engine
@_exported public import KerasFiles
@_exported public import Memory
@_exported public import NeuralNetwork
@_exported public import Report
@_exported public import Training
