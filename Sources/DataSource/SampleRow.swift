extension BatchStream {
    /// The row of the source that is sample `position` of an epoch, counted from 0.
    ///
    /// Found by walking the epoch's order again, without reading data: for messages, not for loops.
    package static func row(
        of source: some Source, options: BatchOptions, epoch: Int, position: Int
    ) -> Int {
        let plan = StreamPlan(source, options: options)
        let order = EpochOrder(
            policy: options.shuffle, seed: options.seed, epoch: epoch, blockCount: source.blocks.count)
        var cursor = OrderCursor(order, blocks: source.blocks, liveLimit: plan.liveBlocks)
        var row = 0
        for _ in 0...position {
            while cursor.needsBlock { cursor.admit(tag: cursor.admitted) }
            let draw = cursor.draw()
            let block = order.block(at: draw.tag)
            let rows = source.blocks[block]
            row = rows.lowerBound + order.row(draw.ordinal, ofBlock: block, rowCount: rows.count)
        }
        return row
    }
}
