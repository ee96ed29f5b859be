#include "receipt_paper.h"

#include <unistd.h>

#include "base/limits.h"
#include "files.h"
#include "hayat/paper/v1/receipt.pb-c.h"
#include "helper/helper.h"
#include "service/receipt_text.h"
#include "service/receipt_verify.h"

#define PROGRAM "hayat-paper"

enum { PDF_MAX = 4 << 20 };

/* In the directory of this program. */
static status find_program(char out[PATH_MAX])
{
    char self[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    if (len <= 0) {
        return FAIL(HELPER_FAILED);
    }
    self[len] = '\0';
    char *slash = strrchr(self, '/');
    if (slash == NULL) {
        return FAIL(HELPER_FAILED);
    }
    *slash = '\0';
    int written = snprintf(out, PATH_MAX, "%s/" PROGRAM, self);
    return written > 0 && written < PATH_MAX ? STATUS_OK : FAIL(HELPER_FAILED);
}

static status draw(struct arena *arena, const Hayat__Paper__V1__Receipt *told, bytes *ret_file)
{
    static const char *const args[] = {"receipt", NULL};
    char program[PATH_MAX];
    const struct helper helper = {.program = program,
                                  .args = args,
                                  .deadline_ms = LIMIT_HELPER_DEADLINE_MS,
                                  .output_max = PDF_MAX};
    TRY(find_program(program));
    size_t size = hayat__paper__v1__receipt__get_packed_size(told);
    uint8_t *packed = arena_alloc(arena, size);
    TRY(arena_check(arena));
    (void)hayat__paper__v1__receipt__pack(told, packed);
    return helper_run(&helper, bytes_of(packed, size), arena, ret_file);
}

status receipt_print(struct hayat *hayat, const Hayat__V1__SignedReceipt *receipt, const char *path)
{
    Hayat__Paper__V1__Receipt told = HAYAT__PAPER__V1__RECEIPT__INIT;
    bytes file;
    TRY(receipt_payload(receipt, &hayat->arena, &told.payload));
    TRY(receipt_to_text(receipt, &hayat->arena, &told.text));
    told.key_id = receipt->key_id;
    TRY(draw(&hayat->arena, &told, &file));
    return file_replace(path, file);
}
