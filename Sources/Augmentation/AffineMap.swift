import Glibc

/// Where the pixels of an image come from: the pixel (x, y) of the result is the source at
/// (xx x + xy y + x0, yx x + yy y + y0). Pixels are at whole coordinates, the centre is ((width - 1) / 2, (height - 1) / 2).
package struct AffineMap: Sendable, Hashable {
    package var xx: Double
    package var xy: Double
    package var x0: Double
    package var yx: Double
    package var yy: Double
    package var y0: Double

    /// The map of these coefficients, in the order of Keras's `affine_transform`.
    package init(_ xx: Double, _ xy: Double, _ x0: Double, _ yx: Double, _ yy: Double, _ y0: Double) {
        self.xx = xx
        self.xy = xy
        self.x0 = x0
        self.yx = yx
        self.yy = yy
        self.y0 = y0
    }

    /// Nothing changes.
    package static let identity = AffineMap(1, 0, 0, 0, 1, 0)

    /// Mirrors an image.
    package static func flip(horizontally: Bool, vertically: Bool, height: Int, width: Int) -> AffineMap {
        AffineMap(
            horizontally ? -1 : 1, 0, horizontally ? Double(width - 1) : 0, 0, vertically ? -1 : 1,
            vertically ? Double(height - 1) : 0)
    }

    /// Moves the image down and to the right by so many pixels (Keras's RandomTranslation).
    package static func shift(down: Double, right: Double) -> AffineMap { AffineMap(1, 0, -right, 0, 1, -down) }

    /// Turns the image around its centre, counter-clockwise where degrees are positive (RandomRotation).
    package static func rotation(degrees: Double, height: Int, width: Int) -> AffineMap {
        let (sine, cosine) = (sin(degrees * .pi / 180), cos(degrees * .pi / 180))
        let (x, y) = (Double(width - 1) / 2, Double(height - 1) / 2)
        return AffineMap(cosine, -sine, x - x * cosine + y * sine, sine, cosine, y - x * sine - y * cosine)
    }

    /// Scales the source's coordinates around the centre: factors above 1 make the image smaller (RandomZoom).
    package static func zoom(vertical: Double, horizontal: Double, height: Int, width: Int) -> AffineMap {
        AffineMap(
            horizontal, 0, Double(width - 1) / 2 * (1 - horizontal), 0, vertical,
            Double(height - 1) / 2 * (1 - vertical))
    }

    /// Pixels come from x rows to the right and y columns below (RandomShear), counted from a centre of one's choice.
    package static func shear(x: Double, y: Double, centerX: Double = 0, centerY: Double = 0) -> AffineMap {
        AffineMap(1, x, -x * centerY, y, 1, -y * centerX)
    }

    /// A window that begins so many pixels below the top and right of the left edge.
    package static func window(top: Int, left: Int) -> AffineMap { AffineMap(1, 0, Double(left), 0, 1, Double(top)) }

    /// The map of this change followed by another one, so that both sample once.
    package func then(_ next: AffineMap) -> AffineMap {
        AffineMap(
            xx * next.xx + xy * next.yx, xx * next.xy + xy * next.yy, xx * next.x0 + xy * next.y0 + x0,
            yx * next.xx + yy * next.yx, yx * next.xy + yy * next.yy, yx * next.x0 + yy * next.y0 + y0)
    }

    /// Where the first pixel comes from, and the steps down and right.
    struct Copy {
        let top: Int
        let left: Int
        let down: Int
        let right: Int
    }

    /// How pixels are copied, if the map mirrors and moves by whole pixels only and stays inside of the source.
    func copy(from source: (height: Int, width: Int), to result: (height: Int, width: Int)) -> Copy? {
        guard xy == 0, yx == 0, abs(xx) == 1, abs(yy) == 1, let left = Int(exactly: x0), let top = Int(exactly: y0)
        else { return nil }
        let lastLeft = left + Int(xx) * (result.width - 1)
        let lastTop = top + Int(yy) * (result.height - 1)
        guard min(left, lastLeft) >= 0, max(left, lastLeft) < source.width, min(top, lastTop) >= 0,
            max(top, lastTop) < source.height
        else { return nil }
        return Copy(top: top, left: left, down: Int(yy), right: Int(xx))
    }
}

/// The normal distribution's density, not scaled: exp(-x² / 2).
func gaussianWeight(_ distance: Double) -> Double { exp(-0.5 * distance * distance) }
