/* receipt: `hayat receipt verify` and `receipt print`: offline, with nothing but the receipt and, to verify, the fund's public key. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/defer.h"
#include "files.h"
#include "hayat.h"
#include "json_file.h"
#include "output.h"
#include "receipt_paper.h"
#include "service/receipt_text.h"
#include "signature.h"
#include "text.h"
#include "usage.h"

/* What `receipt` writes, or the whole of what `certificate file --json` writes. */
static status parse_json(const char *text, struct arena *arena, Hayat__V1__SignedReceipt *receipt)
{
    DEFER(json_decrefp) json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    const json_t *inner = json_object_get(json, "receipt");
    const json_t *signed_receipt = inner != NULL ? inner : json;
    const char *key_id = json_string_value(json_object_get(signed_receipt, "key_id"));
    if (key_id == NULL) {
        return FAIL(RECEIPT_INVALID);
    }
    receipt->key_id = arena_str(arena, bytes_str(key_id));
    TRY(json_binary(signed_receipt, "payload", arena, &receipt->payload));
    TRY(json_binary(signed_receipt, "signature", arena, &receipt->signature));
    return arena_check(arena);
}

/* ... or what a QR code says. */
static status parse(const char *text, struct arena *arena, Hayat__V1__SignedReceipt *receipt)
{
    return receipt_text_likely(bytes_str(text)) ? receipt_of_text(bytes_str(text), arena, receipt)
                                                : parse_json(text, arena, receipt);
}

static status read_receipt(struct hayat *hayat, Hayat__V1__SignedReceipt *receipt)
{
    DEFER(defer_free) char *text = NULL;
    TRY(file_read(hayat->arguments.operand, &text));
    return parse(text, &hayat->arena, receipt);
}

status command_receipt_print(struct hayat *hayat)
{
    Hayat__V1__SignedReceipt receipt = HAYAT__V1__SIGNED_RECEIPT__INIT;
    TRY(usage_needs(hayat->arguments.operand, "FILE", TEXT_USE_FILE));
    TRY(usage_needs(hayat->arguments.pdf, "--pdf", TEXT_USE_FILE));
    TRY(read_receipt(hayat, &receipt));
    return receipt_print(hayat, &receipt, hayat->arguments.pdf);
}

status command_receipt_verify(struct hayat *hayat)
{
    const struct arguments *arguments = &hayat->arguments;
    uint8_t key[RECEIPT_PUBLIC_KEY_BYTES];
    Hayat__V1__SignedReceipt receipt = HAYAT__V1__SIGNED_RECEIPT__INIT;
    Hayat__V1__ReceiptPayload *payload;
    TRY(usage_needs(arguments->operand, "FILE", TEXT_USE_FILE));
    if ((arguments->key == NULL) == (arguments->key_hex == NULL)) {
        return usage_wrong("--key, --key-hex", TEXT_USE_ONE_OF_TWO);
    }
    TRY(fund_key_read(arguments, key));
    TRY(read_receipt(hayat, &receipt));
    TRY(fund_key_signed(hayat, receipt.key_id, key));
    TRY(receipt_verify(key, &receipt, &hayat->arena, &payload));
    return output_verified(hayat, payload, receipt.key_id);
}
