import NeuralNetwork

extension Model {
    /// Refuses a schedule where a callback sets the learning rate itself: the first rate that it sets would end the schedule.
    /// Keras refuses it, too.
    func requireSettableRate(for callback: String) throws(TrainingError) {
        guard let schedule = compilation?.optimizer.schedule, !schedule.isConstant else { return }
        throw TrainingError(
            .usage,
            "\(callback) sets the learning rate, and the optimizer has a schedule (\(type(of: schedule))) that sets it, too; "
                + "expected one of them: leave out the callback, or compile with a number")
    }
}
