internal import CKernels
package import Memory

extension Augmenter {
    /// Changes one row. `epoch` counts passes over the data, `sample` is the row's number in its source.
    package func apply(
        _ row: UnsafeRawBufferPointer, epoch: Int, sample: Int, into output: UnsafeMutableRawBufferPointer,
        scratch: GrowableBytes
    ) {
        apply(draw(epoch: epoch, sample: sample), to: row, into: output, scratch: scratch)
    }

    /// Changes one row by given parameters.
    package func apply(
        _ drawn: DrawnAugmentation, to row: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer,
        scratch: GrowableBytes
    ) {
        precondition(
            row.count == inputBytes && output.count == outputBytes,
            "Augmenter: \(row.count) and \(output.count) bytes, expected \(inputBytes) and \(outputBytes)")
        guard let input = row.baseAddress, let target = output.baseAddress else { return }
        guard turns else {
            change(drawn, input, target) { room(scratchBytes, in: scratch) }
            return
        }
        let channelsLast = room(scratchBytes, in: scratch)
        let changed = channelsLast + turnedBytes(inputBytes)
        let pixels = (before: height * width, after: outputShape.elementCount / channels)
        millrace_transpose_values(input, channels, pixels.before, type.byteCount, channelsLast)
        change(drawn, channelsLast, changed) { changed + turnedBytes(outputBytes) }
        millrace_transpose_values(changed, pixels.after, channels, type.byteCount, target)
    }

    /// - Parameter scratch: where so many bytes as the layout takes are free.
    private func change(
        _ drawn: DrawnAugmentation, _ input: UnsafeRawPointer, _ target: UnsafeMutableRawPointer,
        scratch: () -> UnsafeMutableRawPointer
    ) {
        if passes(drawn, from: input, into: target, scratch: scratch) { return }
        if samples(drawn, from: input, into: target) { return }
        var image = WorkingImage(
            stored: input, isFloat: type == .float32, height: height, width: width, channels: channels,
            scratch: scratch(), layout: layout)
        image.run(drawn.steps, into: type == .float32 ? target.assumingMemoryBound(to: Float.self) : nil)
        guard let floats = image.floats else { return }
        if type == .uint8 {
            millrace_round_to_bytes(floats, target.assumingMemoryBound(to: UInt8.self), image.count)
        } else if UnsafeMutableRawPointer(floats) != target {
            target.copyMemory(from: floats, byteCount: outputBytes)
        }
    }

    private func room(_ bytes: Int, in scratch: GrowableBytes) -> UnsafeMutableRawPointer {
        scratch.truncate(to: 0)
        // Room for the alignment of its start.
        guard let start = scratch.extend(by: bytes + 64).baseAddress else {
            preconditionFailure("Augmenter: \(bytes) bytes of scratch memory are not there")
        }
        return start + (64 - Int(bitPattern: start) % 64) % 64
    }

    // One pass over the pixels where they only change their places, if at all, and then by themselves. Those of a rectangle
    // may be others in the end.
    private func passes(
        _ drawn: DrawnAugmentation, from input: UnsafeRawPointer, into target: UnsafeMutableRawPointer,
        scratch: () -> UnsafeMutableRawPointer
    ) -> Bool {
        var changes = drawn.steps[...]
        var (height, width) = (height, width)
        var move: (rowWidth: Int, copy: AffineMap.Copy)?
        if case .sample(let sampling)? = changes.first {
            guard
                let copy = sampling.map.copy(from: (height, width), to: (sampling.height, sampling.width))
            else { return false }
            move = (width, copy)
            (height, width) = (sampling.height, sampling.width)
            changes.removeFirst()
        }
        var rectangles: [ErasedRectangle] = []
        while case .value(let change)? = changes.last, let rectangle = ErasedRectangle(change) {
            rectangles.insert(rectangle, at: 0)
            changes.removeLast()
        }
        guard changes.isEmpty || changesBytes(changes, pixels: height * width) else { return false }
        if let (rowWidth, copy) = move {
            millrace_copy_pixels(
                input.assumingMemoryBound(to: UInt8.self), rowWidth, channels * type.byteCount, copy.top, copy.left,
                Int32(copy.down), Int32(copy.right), target.assumingMemoryBound(to: UInt8.self), height, width)
        }
        if !changes.isEmpty {
            change(
                bytes: (move == nil ? input : UnsafeRawPointer(target)).assumingMemoryBound(to: UInt8.self),
                into: target.assumingMemoryBound(to: UInt8.self), pixels: height * width, by: changes,
                scratch: scratch())
        } else if move == nil {
            if rectangles.count == 1 {
                copy(around: rectangles[0], from: input, into: target)
            } else {
                millrace_copy_bytes(input, target, inputBytes)
            }
        }
        for rectangle in rectangles { fill(rectangle, target, width, scratch) }
        return true
    }

    // Everything but a rectangle.
    private func copy(
        around rectangle: ErasedRectangle, from input: UnsafeRawPointer, into target: UnsafeMutableRawPointer
    ) {
        let pixel = channels * type.byteCount
        let first = (rectangle.rows.lowerBound * width + rectangle.columns.lowerBound) * pixel
        var start = 0
        var end = first
        for _ in rectangle.rows {
            (target + start).copyMemory(from: input + start, byteCount: end - start)
            start = end + rectangle.columns.count * pixel
            end += width * pixel
        }
        (target + start).copyMemory(from: input + start, byteCount: inputBytes - start)
    }

    private func fill(
        _ rectangle: ErasedRectangle, _ target: UnsafeMutableRawPointer, _ width: Int,
        _ scratch: () -> UnsafeMutableRawPointer
    ) {
        let count = rectangle.columns.count * channels
        let line = type == .uint8 ? scratch().assumingMemoryBound(to: Float.self) : nil
        for row in rectangle.rows {
            let start = target + (row * width + rectangle.columns.lowerBound) * channels * type.byteCount
            if let line {
                rectangle.fill(row, line, channels)
                millrace_round_to_bytes(line, start.assumingMemoryBound(to: UInt8.self), count)
            } else {
                rectangle.fill(row, start.assumingMemoryBound(to: Float.self), channels)
            }
        }
    }
}
