// Images: JPEG and PNG files to pixels, and to another size.
//
// Bytes in, pixels out; no files, no threads. The only importer of `CImages`, which holds libjpeg-turbo and libpng. Which
// rows are images, and what happens to one that does not decode, is the business of who calls.
//
// Pixels are those of Pillow: `Image.open`, `ImageOps.exif_transpose`, `convert` to L, RGB or RGBA, `resize` with
// BILINEAR. Where Pillow would clip (16-bit grey) or compare unlike numbers (transparent colours of few or many bits),
// pixels are those of libpng.
