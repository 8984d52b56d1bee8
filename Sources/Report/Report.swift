// Report: what a run did, as one HTML page that needs nothing else: charts, the memory plan, settings, notes.
//
//   HTMLReport   the callback: when to look at memory, and when to write the page
//   Record/      what is remembered of a run, in bounded memory, and how checkpoints keep it
//   Charts/      scales, ticks and charts as SVG
//   Page/        the page: its parts, its style, the file
//
// May import Training, NeuralNetwork, Engine (for versions), DataSource, Memory, JSONText. The charts know nothing of
// training. Nothing but the command and `Millrace` imports this target.
