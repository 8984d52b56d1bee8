internal import Codecs

extension ShardFrame {
    /// Whether so few stored bytes can decode to so many: a bound on what is allocated for a frame.
    var canHold: Bool {
        Int(storedBytes) >= ZstdDecoder.smallestCheckedFrame && Int(storedBytes) <= ShardFormat.largestStoredFrame
            && Int(contentBytes) <= ZstdDecoder.largestContent(storedBytes: Int(storedBytes))
    }
}
