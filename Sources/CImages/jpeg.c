// JPEG with libjpeg-turbo: its defaults (accurate integer DCT, smooth upsampling), errors as return values.

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

#include "include/CImages.h"

// A progressive file of a few kilobytes can have thousands of scans, each of which costs a pass over all pixels.
enum { MOST_SCANS = 500 };

struct millrace_jpeg {
    struct jpeg_decompress_struct decoder;
    struct jpeg_error_mgr errors;
    struct jpeg_source_mgr source;
    struct jpeg_progress_mgr progress;
    jmp_buf failed;
    char message[JMSG_LENGTH_MAX];
};

_Noreturn static void fail(j_common_ptr decoder, const char *message) {
    struct millrace_jpeg *jpeg = decoder->client_data;
    if (message)
        snprintf(jpeg->message, sizeof jpeg->message, "%s", message);
    else
        decoder->err->format_message(decoder, jpeg->message);
    longjmp(jpeg->failed, 1);
}

static void error_exit(j_common_ptr decoder) { fail(decoder, NULL); }

static void output_message(j_common_ptr decoder) { (void)decoder; }

// Warnings behind which pixels are missing or made up are errors; the others (bytes between segments, an odd version
// number) change no pixel.
static void emit_message(j_common_ptr decoder, int level) {
    if (level >= 0) return;
    switch (decoder->err->msg_code) {
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_MUST_RESYNC:
    case JWRN_BOGUS_PROGRESSION:
    case JWRN_JPEG_EOF: fail(decoder, NULL);
    default: break;
    }
}

static void progress_monitor(j_common_ptr common) {
    j_decompress_ptr decoder = (j_decompress_ptr)common;
    if (decoder->input_scan_number > MOST_SCANS) fail(common, "more than 500 scans");
}

static void init_source(j_decompress_ptr decoder) { (void)decoder; }
static void term_source(j_decompress_ptr decoder) { (void)decoder; }

static boolean fill_input_buffer(j_decompress_ptr decoder) {
    fail((j_common_ptr)decoder, "the file ends within the image: it is truncated");
}

static void skip_input_data(j_decompress_ptr decoder, long count) {
    if (count <= 0) return;
    if ((size_t)count > decoder->src->bytes_in_buffer) fill_input_buffer(decoder);
    decoder->src->next_input_byte += count;
    decoder->src->bytes_in_buffer -= (size_t)count;
}

struct millrace_jpeg *millrace_jpeg_create(void) {
    struct millrace_jpeg *jpeg = calloc(1, sizeof *jpeg);
    if (!jpeg) return NULL;
    jpeg->decoder.err = jpeg_std_error(&jpeg->errors);
    jpeg->errors.error_exit = error_exit;
    jpeg->errors.emit_message = emit_message;
    jpeg->errors.output_message = output_message;
    jpeg->decoder.client_data = jpeg;
    if (setjmp(jpeg->failed)) {
        free(jpeg);
        return NULL;
    }
    jpeg_create_decompress(&jpeg->decoder);
    jpeg->source.init_source = init_source;
    jpeg->source.fill_input_buffer = fill_input_buffer;
    jpeg->source.skip_input_data = skip_input_data;
    jpeg->source.resync_to_restart = jpeg_resync_to_restart;
    jpeg->source.term_source = term_source;
    jpeg->progress.progress_monitor = progress_monitor;
    return jpeg;
}

void millrace_jpeg_destroy(struct millrace_jpeg *jpeg) {
    jpeg_destroy_decompress(&jpeg->decoder);
    free(jpeg);
}

// What the rows are, of an image whose header was read.
static int choose_colors(struct millrace_jpeg *jpeg, int channels, struct millrace_image_layout *layout) {
    j_decompress_ptr decoder = &jpeg->decoder;
    layout->is_cmyk = 0;
    layout->is_interlaced = 0;
    switch (decoder->num_components) {
    case 1:
    case 3:
        layout->channels = decoder->num_components == 3 && channels == 1 ? 3 : channels;
        decoder->out_color_space =
            layout->channels == 1 ? JCS_GRAYSCALE : layout->channels == 3 ? JCS_RGB : JCS_EXT_RGBA;
        return 0;
    case 4:
        layout->channels = 4;
        layout->is_cmyk = 1;
        decoder->out_color_space = JCS_CMYK;
        return 0;
    default:
        snprintf(
            jpeg->message, sizeof jpeg->message, "%d components; 1, 3 and 4 are supported", decoder->num_components);
        return -1;
    }
}

int millrace_jpeg_begin(
    struct millrace_jpeg *jpeg, const uint8_t *bytes, size_t count, int denominator, int channels,
    struct millrace_image_layout *layout) {
    j_decompress_ptr decoder = &jpeg->decoder;
    if (setjmp(jpeg->failed)) {
        jpeg_abort_decompress(decoder);
        return -1;
    }
    jpeg_abort_decompress(decoder);
    jpeg->source.next_input_byte = bytes;
    jpeg->source.bytes_in_buffer = count;
    decoder->src = &jpeg->source;
    decoder->progress = &jpeg->progress;
    jpeg_read_header(decoder, TRUE);
    if (choose_colors(jpeg, channels, layout)) {
        jpeg_abort_decompress(decoder);
        return -1;
    }
    decoder->scale_num = 1;
    decoder->scale_denom = (unsigned)denominator;
    jpeg_start_decompress(decoder);
    layout->height = decoder->output_height;
    layout->width = decoder->output_width;
    return 0;
}

int millrace_jpeg_read(struct millrace_jpeg *jpeg, uint8_t *rows, size_t stride, uint32_t count) {
    // Between setjmp and longjmp only memory behind pointers changes: locals keep their values.
    volatile uint32_t done = 0;
    if (setjmp(jpeg->failed)) {
        jpeg_abort_decompress(&jpeg->decoder);
        return -1;
    }
    while (done < count) {
        JSAMPROW pointers[16];
        uint32_t wanted = count - done < 16 ? count - done : 16;
        for (uint32_t i = 0; i < wanted; i++) pointers[i] = rows + (size_t)(done + i) * stride;
        uint32_t read = jpeg_read_scanlines(&jpeg->decoder, pointers, wanted);
        if (read == 0) fail((j_common_ptr)&jpeg->decoder, "the image has fewer rows than its header says");
        done += read;
    }
    return 0;
}

void millrace_jpeg_end(struct millrace_jpeg *jpeg) {
    if (setjmp(jpeg->failed)) return;
    jpeg_abort_decompress(&jpeg->decoder);
}

const char *millrace_jpeg_message(const struct millrace_jpeg *jpeg) { return jpeg->message; }
