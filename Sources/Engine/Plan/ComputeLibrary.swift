import OneDNN

/// The library that computes.
public enum ComputeLibrary {
    /// Its version, for example `2.6.3`.
    public static var version: String { OneDNN.libraryVersion }
}
