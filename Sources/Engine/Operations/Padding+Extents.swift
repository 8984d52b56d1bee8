import OneDNN

extension Padding {
    /// The positions of windows over spatial extents, Keras's rule; none where a window does not fit.
    package func outputExtents(
        of extents: [Int], kernel: [Int], strides: [Int], dilation: [Int]? = nil
    ) -> [Int] {
        Window(kernel: kernel, strides: strides, dilation: dilation, padding: self, over: extents).outputExtents(
            extents)
    }
}
