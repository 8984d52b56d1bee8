internal import COneDNN

/// The version of oneDNN that is linked, for example `2.6.3`.
package var libraryVersion: String {
    guard let version = dnnl_version() else { return "unknown" }
    return "\(version.pointee.major).\(version.pointee.minor).\(version.pointee.patch)"
}
