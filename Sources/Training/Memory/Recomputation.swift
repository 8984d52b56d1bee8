/// Whether activations of a training step are computed a second time for the gradients, instead of kept from the first.
///
/// Known as gradient checkpointing. Results are the same bytes, the arena is smaller, a step takes about a quarter
/// longer.
public enum Recomputation: String, Sendable, Hashable, CaseIterable {
    case never
    /// When the memory cap does not even hold the activations of single rows, or of the parts that were asked for.
    case auto
    case always
}

/// The ways to compute a batch that are tried under a cap: in how many parts, and with which activations kept.
struct StepChoice {
    private let settings: FitSettings

    /// Plans a batch in parts of so many rows, or throws a `.configuration` error where the cap is too small.
    typealias Attempt = (_ parts: Int, _ rows: Int, _ recomputes: Bool) throws(TrainingError) -> MemoryPlan

    init(_ settings: FitSettings) { self.settings = settings }

    /// The first way that fits: parts come before recomputation, as they cost less time.
    func first(_ attempt: Attempt) throws(TrainingError) -> MemoryPlan {
        guard settings.recomputation == .auto else {
            return try fewestParts(recomputes: settings.recomputation == .always, attempt)
        }
        do throws(TrainingError) {
            return try fewestParts(recomputes: false, attempt)
        } catch {
            guard error.kind == .configuration else { throw error }
            return try smallestPartsFirst(refusal: error, attempt)
        }
    }

    /// The numbers of parts that are tried: powers of two, to single rows.
    private var counts: [Int] {
        if let accumulate = settings.accumulate { return [accumulate] }
        let batchSize = settings.batchSize
        return Array(sequence(first: 1) { $0 < batchSize ? min(batchSize, $0 * 2) : nil })
    }

    private func rows(_ parts: Int) -> Int { (settings.batchSize + parts - 1) / parts }

    private func fewestParts(recomputes: Bool, _ attempt: Attempt) throws(TrainingError) -> MemoryPlan {
        var refusal: TrainingError?
        var tried = 0
        for parts in counts where rows(parts) != tried {
            tried = rows(parts)
            do throws(TrainingError) {
                return try attempt(parts, tried, recomputes)
            } catch {
                // A model that keeps a state from batch to batch has no parts of batches.
                guard error.kind == .configuration else { throw refusal ?? error }
                refusal = error
            }
        }
        throw refusal ?? TrainingError(.configuration, "no plan fits")
    }

    /// With recomputation from single rows on, as long as the next larger part fits, too: few attempts, where even one
    /// row did not fit without.
    private func smallestPartsFirst(
        refusal: TrainingError, _ attempt: Attempt
    ) throws(TrainingError) -> MemoryPlan {
        var best: MemoryPlan?
        var tried = 0
        for parts in counts.reversed() where rows(parts) != tried {
            tried = rows(parts)
            do throws(TrainingError) {
                best = try attempt(parts, tried, true)
            } catch {
                // Without parts there is the whole batch.
                if error.kind != .configuration { continue }
                guard let best else { throw error }
                return best
            }
        }
        guard let best else { throw refusal }
        return best
    }
}
