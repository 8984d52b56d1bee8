import Glibc

extension Decisions {
    /// The area under a curve through the thresholds, which ascend: x and y fall from one to the next.
    func area(under curve: AUC.Curve, _ method: AUC.SummationMethod) -> Double {
        if curve == .pr && method == .interpolation { return interpolatedPrecisionArea }
        let (x, y): ([Double], [Double]) =
            switch curve {
            case .roc: (specificitiesMissed, recalls)
            case .pr: (recalls, precisions)
            case .prGain: gains
            }
        return (0..<x.count - 1).reduce(0) { area, index in
            let height =
                switch method {
                case .interpolation: (y[index] + y[index + 1]) / 2
                case .minoring: min(y[index], y[index + 1])
                case .majoring: max(y[index], y[index + 1])
                }
            return area + (x[index] - x[index + 1]) * height
        }
    }

    /// fp / (fp + tn).
    private var specificitiesMissed: [Double] {
        falsePositives.indices.map { quotient(falsePositives[$0], falsePositives[$0] + trueNegatives[$0]) }
    }

    /// `1 − π/(1−π) fn/tp` and `1 − π/(1−π) fp/tp` with π/(1−π) the positives for each negative. Without true positives they
    /// are 0 and 1, and a recall gain below 0 counts as 0, as in Keras.
    private var gains: ([Double], [Double]) {
        var (recall, precision) = ([Double](), [Double]())
        for index in truePositives.indices {
            let tp = truePositives[index]
            let odds = quotient(tp + falseNegatives[index], trueNegatives[index] + falsePositives[index])
            recall.append(tp == 0 ? 0 : max(0, 1 - odds * falseNegatives[index] / tp))
            precision.append(tp == 0 ? 1 : 1 - odds * falsePositives[index] / tp)
        }
        return (recall, precision)
    }

    /// Davis and Goadrich (2006): between thresholds the true positives grow in proportion to what is called positive, and the
    /// precision is integrated along that line.
    private var interpolatedPrecisionArea: Double {
        let positives = truePositives.indices.map { truePositives[$0] + falsePositives[$0] }
        return (0..<positives.count - 1).reduce(0) { area, index in
            let (upper, lower) = (positives[index], positives[index + 1])
            let difference = truePositives[index] - truePositives[index + 1]
            let slope = quotient(difference, max(upper - lower, 0))
            let intercept = truePositives[index + 1] - slope * lower
            let ratio = upper > 0 && lower > 0 ? upper / lower : 1
            let all = max(truePositives[index + 1] + falseNegatives[index + 1], 0)
            return area + quotient(slope * (difference + intercept * log(ratio)), all)
        }
    }
}
