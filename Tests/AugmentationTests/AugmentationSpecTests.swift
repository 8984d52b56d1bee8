import Augmentation
import Testing

@Suite struct AugmentationSpecTests {
    @Test func `words are read and written`() throws {
        let words = [
            "flip=horizontal", "shift=0.1", "rotate=15.0", "zoom=0.1", "crop=28x24", "contrast=0.2", "brightness=0.1",
            "noise=0.01", "erase=0.2", "mixup=0.2", "cutmix=1.0", "fill=nearest",
        ]
        let spec = try AugmentationSpec(parsing: words)
        #expect(spec.description == words.joined(separator: " "))
        #expect(spec.operations.count == 11)
        #expect(spec.operations[4] == .crop(height: 28, width: 24))
        #expect(spec.perSample.operations.count == 9)
        #expect(try AugmentationSpec(parsing: [words.joined(separator: ",")]) == spec)
        #expect(try AugmentationSpec(parsing: []).operations.isEmpty)
    }

    @Test(arguments: [
        ("flip", "augmentation \"flip\": expected name=value, for example flip=horizontal"),
        ("flip=sideways", "augmentation \"flip=sideways\": expected horizontal, vertical or horizontal_and_vertical"),
        ("shift=1.5", "augmentation \"shift=1.5\": expected a fraction of the size from 0 to 1"),
        ("rotate=nan", "augmentation \"rotate=nan\": expected degrees from 0 to 360"),
        ("crop=28", "augmentation \"crop=28\": expected HEIGHTxWIDTH, for example 28x28"),
        ("noise=0.1,noise=0.2", "augmentation \"noise\" is given twice"),
        ("fill=mirror", "augmentation \"fill=mirror\": expected one of constant, nearest, reflect, wrap"),
        (
            "blur=1",
            "unknown augmentation \"blur\"; there are flip, shift, rotate, zoom, crop, contrast, brightness, noise, "
                + "erase, mixup, cutmix and fill"
        ),
    ])
    func `others are refused with what was expected`(word: String, message: String) {
        let error = #expect(throws: AugmentationError.self) { try AugmentationSpec(parsing: [word]) }
        #expect(error?.description == message)
    }
}
