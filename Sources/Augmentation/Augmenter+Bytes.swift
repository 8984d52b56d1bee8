internal import CKernels

/// Rows of bytes whose pixels change by themselves: by a table, or in pieces that stay in the first of the caches.
extension Augmenter {
    private static let tones = 256

    /// Values that are floats at the same time.
    private static let piece = 6144

    /// Whether these changes of an image need no floats of all of it.
    func changesBytes(_ steps: ArraySlice<DrawnAugmentation.Step>, pixels: Int) -> Bool {
        type == .uint8 && (tables(for: steps, pixels: pixels) != nil || steps.allSatisfy { $0.reach <= .pixel })
    }

    /// Changes bytes where they are or on their way to another place.
    func change(
        bytes: UnsafePointer<UInt8>, into target: UnsafeMutablePointer<UInt8>, pixels: Int,
        by steps: ArraySlice<DrawnAugmentation.Step>, scratch: UnsafeMutableRawPointer
    ) {
        guard let tables = tables(for: steps, pixels: pixels) else {
            changePieces(bytes: bytes, into: target, pixels: pixels, by: Array(steps), scratch: scratch)
            return
        }
        let count = tables * Self.tones
        withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { tones in
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: count) { table in
                guard let tones = tones.baseAddress, let table = table.baseAddress else { return }
                let rest = begin(tones, bytes, pixels, steps)
                var image = WorkingImage(
                    stored: tones, isFloat: true, height: count, width: 1, channels: 1, scratch: scratch, layout: layout
                )
                if !rest.isEmpty { image.run(Array(rest), into: nil) }
                millrace_round_to_bytes(image.floats ?? tones, table, count)
                millrace_map_bytes(bytes, target, pixels * channels / tables, tables, table)
            }
        }
    }

    // How many tables: one, or one for each channel; nil where bytes of a channel do not have one, or where there are
    // hardly more bytes than tones.
    private func tables(for steps: ArraySlice<DrawnAugmentation.Step>, pixels: Int) -> Int? {
        guard let first = steps.first, steps.dropFirst().allSatisfy({ $0.reach == .value }) else { return nil }
        let count = first.reach == .channel ? channels : 1
        guard first.reach == .value || first.reach == .channel && channels <= MILLRACE_TONE_CHANNELS,
            pixels * channels >= 16 * count * Self.tones
        else { return nil }
        return count
    }

    // Writes what becomes of each byte by the first step where that looks at the image, and returns the other steps.
    private func begin(
        _ tones: UnsafeMutablePointer<Float>, _ bytes: UnsafePointer<UInt8>, _ pixels: Int,
        _ steps: ArraySlice<DrawnAugmentation.Step>
    ) -> ArraySlice<DrawnAugmentation.Step> {
        switch steps.first {
        case .value(.contrast(let factor, let range)):
            millrace_contrast_tones(bytes, pixels, channels, factor, range.lowerBound, range.upperBound, tones)
        case .value(.autoContrast(let range)):
            millrace_stretch_tones(bytes, pixels, channels, range.lowerBound, range.upperBound, tones)
        case .value(.equalize(let bins, let range)):
            withUnsafeTemporaryAllocation(of: UInt32.self, capacity: bins) { counts in
                withUnsafeTemporaryAllocation(of: Float.self, capacity: bins) { table in
                    millrace_equalize_tones(
                        bytes, pixels, channels, bins, range.lowerBound, range.upperBound, counts.baseAddress,
                        table.baseAddress, tones)
                }
            }
        default:
            for tone in 0..<Self.tones { tones[tone] = Float(tone) }
            return steps
        }
        return steps.dropFirst()
    }

    private func changePieces(
        bytes: UnsafePointer<UInt8>, into target: UnsafeMutablePointer<UInt8>, pixels: Int,
        by steps: [DrawnAugmentation.Step], scratch: UnsafeMutableRawPointer
    ) {
        let most = max(1, Self.piece / channels)
        for first in stride(from: 0, to: pixels, by: most) {
            let start = first * channels
            var image = WorkingImage(
                stored: bytes + start, isFloat: false, height: 1, width: min(most, pixels - first), channels: channels,
                scratch: scratch, layout: layout)
            image.run(steps, into: nil)
            guard let floats = image.floats else { return }
            millrace_round_to_bytes(floats, target + start, image.count)
        }
    }
}

extension DrawnAugmentation.Step {
    /// What a value becomes depends on itself; on the values of its pixel; on all of its channel; on more.
    enum Reach: Int, Comparable {
        case value, pixel, channel, image

        static func < (one: Self, other: Self) -> Bool { one.rawValue < other.rawValue }
    }

    var reach: Reach {
        guard case .value(let change) = self else { return .image }
        return switch change {
        case .brightness, .posterize, .solarize, .affine, .clip: .value
        case .saturation, .hue, .gray: .pixel
        case .contrast, .autoContrast, .equalize: .channel
        case .noise, .dropout, .erase, .fill, .smooth, .blur: .image
        }
    }
}
