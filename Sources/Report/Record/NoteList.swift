/// What was said about a run, the first and the last of it: a disk that fails may have more to say than a page can
/// hold.
package struct NoteList: Equatable {
    /// Notes that are kept of the beginning, and as many of the end.
    static let kept = 100
    private static let longest = 600

    package private(set) var first: [String] = []
    package private(set) var last: [String] = []
    /// Notes between them that are left out.
    package private(set) var omitted = 0

    /// No notes.
    package init() {}

    /// Adds a note; a long one is cut.
    package mutating func add(_ note: String) {
        let text = note.count > Self.longest ? note.prefix(Self.longest - 1) + "…" : note
        guard first.count >= Self.kept else { return first.append(text) }
        last.append(text)
        guard last.count > Self.kept else { return }
        last.removeFirst()
        omitted += 1
    }

    /// Takes over what a checkpoint kept.
    init(_ notes: [String], omitted: Int) {
        first = Array(notes.prefix(Self.kept))
        last = Array(notes.dropFirst(Self.kept).suffix(Self.kept))
        self.omitted = omitted
    }

    /// All that is kept, in order.
    var all: [String] { first + last }
}
