/// Where the pixels of an image come from when it is seen from another side: (x, y) of the result is the source at
/// ((a x + b y + c) / d, (e x + f y + g) / d), where d = h x + i y + 1.
package struct ProjectiveMap: Sendable, Hashable {
    /// a, b, c, e, f, g, h, i: the order of Keras's `perspective_transform`.
    package let coefficients: [Double]

    /// A point of an image.
    package struct Point: Sendable, Hashable {
        package var x: Double
        package var y: Double

        package init(_ x: Double, _ y: Double) { (self.x, self.y) = (x, y) }
    }

    /// The map that sends four points of the result to four of the source; nil where there is none, as for points on one
    /// line.
    package init?(sending result: [Point], to source: [Point]) {
        var rows: [[Double]] = []
        for (end, start) in zip(result, source) {
            rows.append([end.x, end.y, 1, 0, 0, 0, -start.x * end.x, -start.x * end.y, start.x])
            rows.append([0, 0, 0, end.x, end.y, 1, -start.y * end.x, -start.y * end.y, start.y])
        }
        guard let solution = Self.solution(of: rows) else { return nil }
        coefficients = solution
    }

    // Gauss's elimination with the largest pivot of each column; the last column is the right side.
    private static func solution(of equations: [[Double]]) -> [Double]? {
        var rows = equations
        let count = rows.count
        for column in 0..<count {
            guard let pivot = (column..<count).max(by: { abs(rows[$0][column]) < abs(rows[$1][column]) }),
                abs(rows[pivot][column]) > 1e-9
            else { return nil }
            rows.swapAt(column, pivot)
            for row in 0..<count where row != column && rows[row][column] != 0 {
                let factor = rows[row][column] / rows[column][column]
                for index in column...count { rows[row][index] -= factor * rows[column][index] }
            }
        }
        return rows.indices.map { rows[$0][count] / rows[$0][$0] }
    }
}
