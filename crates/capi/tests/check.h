/* Shared by the tests of the C interface: checks that print their location, and a narrow network, which is fast. */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kokoro.h"

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: %s; the last message is: %s\n", __FILE__, __LINE__, #condition,                  \
                    kokoro_error_message());                                                                           \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

/* Checks that the call returns this status, and that its message contains these words. */
#define FAILS(status, words, call)                                                                                     \
    do {                                                                                                               \
        KokoroStatus failed_ = (call);                                                                                 \
        if (failed_ != (status) || strstr(kokoro_error_message(), (words)) == NULL) {                                 \
            fprintf(stderr, "%s:%d: %s returns \"%s\" (%s), expected \"%s\" (%s)\n", __FILE__, __LINE__, #call,      \
                    kokoro_status_name(failed_), kokoro_error_message(), kokoro_status_name(status), (words));         \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

/* The modules of the published network with a thousandth of its computation. The vocabulary has the letters of
 * "a tin cat". */
static const char NARROW[] =
    "{\"n_token\": 178, \"hidden_dim\": 64, \"style_dim\": 16, \"max_dur\": 50, \"n_layer\": 2,"
    " \"text_encoder_kernel_size\": 5, \"decoder_dim\": 64, \"asr_res_dim\": 8,"
    " \"plbert\": {\"embedding_size\": 16, \"hidden_size\": 48, \"num_attention_heads\": 3, \"intermediate_size\": 64,"
    "              \"max_position_embeddings\": 512, \"num_hidden_layers\": 2},"
    " \"istftnet\": {\"upsample_rates\": [10, 6], \"upsample_kernel_sizes\": [20, 12],"
    "                \"resblock_kernel_sizes\": [3, 7, 11],"
    "                \"resblock_dilation_sizes\": [[1, 3, 5], [1, 3, 5], [1, 3, 5]],"
    "                \"gen_istft_n_fft\": 20, \"gen_istft_hop_size\": 5, \"upsample_initial_channel\": 64},"
    " \"vocab\": {\" \": 16, \".\": 4, \"a\": 43, \"\xc3\xa6\": 72, \"c\": 45, \"i\": 51, \"n\": 56, \"t\": 62,"
    "            \"k\": 53, \"\xc9\xaa\": 102, \"\xc9\x90\": 70, \"\xcb\x88\": 156}}";

/* Options for a model of those dimensions. */
static inline KokoroModelOptions narrow(void)
{
    KokoroModelOptions options;
    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    options.config_json = NARROW;
    return options;
}

#endif
