/// The extents of an image in pixels.
package struct ImageSize: Sendable, Hashable, CustomStringConvertible {
    /// The longest side that can be asked for.
    package static let longestSide = 65_535

    package var height: Int
    package var width: Int

    /// Traps on extents outside of 1...65535: sizes that users write come through `init(parsing:)`.
    package init(height: Int, width: Int) {
        precondition(
            (1...Self.longestSide).contains(height) && (1...Self.longestSide).contains(width),
            "ImageSize: \(height) x \(width) is outside 1...\(Self.longestSide)")
        self.height = height
        self.width = width
    }

    /// Reads `224x192`: height, then width. Nil for anything else.
    package init?(parsing text: String) {
        let parts = text.split(separator: "x", omittingEmptySubsequences: false)
        guard parts.count == 2, let height = Int(parts[0]), let width = Int(parts[1]),
            (1...Self.longestSide).contains(height), (1...Self.longestSide).contains(width)
        else { return nil }
        self.init(height: height, width: width)
    }

    /// `224x192`.
    package var description: String { "\(height)x\(width)" }
}

/// How an image is brought to another aspect ratio, as in Keras's `image_dataset_from_directory`.
package enum ResizeMode: String, Sendable, Hashable, CaseIterable {
    /// The sides are scaled independently (Keras's default).
    case stretch
    /// The largest centred part of the right aspect ratio is scaled (`crop_to_aspect_ratio`).
    case crop
    /// The whole image is scaled, between margins of zeros (`pad_to_aspect_ratio`).
    case pad
}

/// What the pixels of decoded images are: bytes of a pixel.
package enum PixelChannels: Int, Sendable, Hashable, CaseIterable {
    /// Luma of ITU-R 601; alpha is dropped.
    case grey = 1
    /// Alpha is dropped, not blended.
    case rgb = 3
    /// Alpha is 255 where the image has none.
    case rgba = 4
}

/// What is made of images: the request of a user.
package struct ImageOptions: Sendable, Hashable {
    /// The channels of decoded pixels.
    package var channels: PixelChannels

    /// The size of decoded images; nil keeps theirs.
    package var size: ImageSize?

    /// How `size` is reached from another aspect ratio.
    package var resizeMode: ResizeMode

    /// Lets the JPEG decoder do a first reduction to 1/2, 1/4 or 1/8, to no less than twice the asked size. Faster by
    /// up to several times for large photographs; pixels differ by a few levels from those of full decoding.
    package var reducesWhileDecoding: Bool

    /// Keeps the files' bytes instead of pixels; they are decoded while training.
    package var keepsEncoded: Bool

    /// The most pixels of an image that is decoded.
    package var pixelLimit: Int

    package init(
        channels: PixelChannels = .rgb, size: ImageSize? = nil, resizeMode: ResizeMode = .stretch,
        reducesWhileDecoding: Bool = false, keepsEncoded: Bool = false,
        pixelLimit: Int = ImageInfo.defaultPixelLimit
    ) {
        self.channels = channels
        self.size = size
        self.resizeMode = resizeMode
        self.reducesWhileDecoding = reducesWhileDecoding
        self.keepsEncoded = keepsEncoded
        self.pixelLimit = pixelLimit
    }
}
