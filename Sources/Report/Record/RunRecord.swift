import DataSource
import Glibc
import Memory
import Training

/// All that the page shows of a run's course, in a few hundred KiB at most however long it is.
package struct RunRecord: Equatable {
    /// How a run goes, or ended.
    package enum Status: Equatable {
        case running, done, stopped
        case failed(String)
    }

    /// Ticks of the clock in a second, for series over time.
    package static let ticksPerSecond = 10.0
    static let capacity = 512

    package var status = Status.running
    /// By update, from 1: the batch's own loss, the mean since the epoch began, the learning rate.
    package var batchLoss = BucketSeries(capacity: capacity)
    package var runningLoss = BucketSeries(capacity: capacity)
    package var learningRate = BucketSeries(capacity: capacity)
    /// By tick: samples a second, and the share of time in which training waited for data.
    package var throughput = BucketSeries(capacity: capacity)
    package var waitShare = BucketSeries(capacity: capacity)
    package var memory = MemorySeries(capacity: capacity)
    /// By epoch: loss, metrics and what callbacks added; and what the epochs cost.
    package var figures = FigureTable()
    package var costs = FigureTable()
    package var notes = NoteList()
    package var updates = 0
    package var epoch = 0
    /// Of epochs that ended: samples, seconds of training, seconds waited.
    package var totals = Progress()
    /// Since the run began, breaks left out.
    package var seconds = 0.0
    package var peakResident = 0
    /// The most bytes of each account, in the order of `MemoryAccount.allCases`.
    package var peaks = [Int](repeating: 0, count: MemoryAccount.allCases.count)
    package var skippedBlocks = 0
    package var skippedSamples = 0

    /// How far training is.
    package struct Progress: Equatable {
        package var samples = 0.0
        package var seconds = 0.0
        package var waited = 0.0

        package init(samples: Double = 0, seconds: Double = 0, waited: Double = 0) {
            (self.samples, self.seconds, self.waited) = (samples, seconds, waited)
        }

        static func + (left: Progress, right: Progress) -> Progress {
            Progress(
                samples: left.samples + right.samples, seconds: left.seconds + right.seconds,
                waited: left.waited + right.waited)
        }
    }

    /// An empty record.
    package init() {}

    /// The place of a series over time.
    package var tick: Int { Int(min(seconds, 1e12) * Self.ticksPerSecond) }

    /// An update.
    package mutating func add(_ report: BatchReport) {
        updates += 1
        epoch = report.epoch
        batchLoss.add(report.batchLoss, at: updates)
        runningLoss.add(report.logs.loss, at: updates)
        learningRate.add(Double(report.learningRate), at: updates)
    }

    /// The end of an epoch.
    package mutating func add(_ report: EpochReport) {
        epoch = report.epoch
        figures.add(report.figures, epoch: report.epoch)
        costs.add(
            [
                ("seconds", report.seconds), ("samples_per_second", report.samplesPerSecond),
                ("wait_fraction", report.waitFraction),
            ], epoch: report.epoch)
        totals =
            totals
            + Progress(samples: Double(report.samples), seconds: report.seconds, waited: report.data.waitSeconds)
        // Blocks are counted over all epochs, each once; a run that is resumed finds them again.
        skippedBlocks = max(skippedBlocks, report.data.skippedBlocks)
        skippedSamples += report.data.skippedSamples
        peakResident = max(peakResident, report.peakResidentBytes)
    }

    /// How fast training was between two moments; nothing when no time has passed.
    package mutating func add(from begin: Progress, to end: Progress) {
        let seconds = end.seconds - begin.seconds
        guard seconds > 0, end.samples > begin.samples else { return }
        throughput.add((end.samples - begin.samples) / seconds, at: tick)
        waitShare.add(min(1, max(0, (end.waited - begin.waited) / seconds)), at: tick)
    }

    /// What is in use now.
    package mutating func addMemory(_ ledger: MemoryLedger) {
        memory.add(
            .init(
                resident: Float(ProcessMemory.residentBytes),
                accounts: MemoryAccount.allCases.map { Float(ledger.granted(to: $0)) }), at: tick)
    }

    /// The peaks so far.
    package mutating func addPeaks(_ ledger: MemoryLedger) {
        peakResident = max(peakResident, ProcessMemory.peakResidentBytes)
        for account in MemoryAccount.allCases {
            peaks[account.rawValue] = max(peaks[account.rawValue], ledger.peak(of: account))
        }
    }
}
