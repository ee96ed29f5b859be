#include "receipt_paper.h"

#include "base/limits.h"
#include "files.h"
#include "hayat/paper/v1/receipt.pb-c.h"
#include "helper/helper.h"
#include "service/receipt_text.h"
#include "service/receipt_verify.h"

#define PROGRAM "hayat-paper"

enum { PDF_MAX = 4 << 20 };

static status draw(struct arena *arena, const Hayat__Paper__V1__Receipt *told, bytes *ret_file)
{
    static const char *const args[] = {"receipt", NULL};
    char program[PATH_MAX];
    const struct helper helper = {.program = program,
                                  .args = args,
                                  .deadline_ms = LIMIT_HELPER_DEADLINE_MS,
                                  .output_max = PDF_MAX};
    helper_find(PROGRAM, program);
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
