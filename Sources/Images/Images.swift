// Images: JPEG and PNG files to pixels, and to another size.
//
// Bytes in, pixels out; no files, no threads. The only importer of libjpeg-turbo and libpng. Which rows are images, and
// what happens to one that does not decode, is the business of who calls.
