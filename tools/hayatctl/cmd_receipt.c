/* hayatctl receipt-key: what everybody needs to check the fund's receipts (SEC-F4). */
#include <jansson.h>
#include <stdio.h>
#include <unistd.h>

#include "auth/keyring.h"
#include "base/codec.h"
#include "base/defer.h"
#include "service/receipt.h"
#include "tools/hayatctl/store_session.h"

static enum exit_code print_key(const char *key_id, const char *public_key, bool json)
{
    if (!json) {
        (void)printf("key_id %s\npublic_key %s\n", key_id, public_key);
        return EXIT_FINE;
    }
    json_t *object = json_pack("{s:s, s:s, s:s}", "key_id", key_id, "algorithm", "ed25519",
                               "public_key", public_key);
    int failed = object == NULL || json_dumpf(object, stdout, JSON_INDENT(2)) != 0;
    json_decref(object);
    (void)putchar('\n');
    return failed ? EXIT_FAILED : EXIT_FINE;
}

enum exit_code command_receipt_key(int argc, const char **argv)
{
    DEFER(store_options_fini) struct store_options where = {0};
    int json = 0;
    const struct poptOption options[] = {STORE_OPTION_ROWS(where),
                                         {"json", 'j', POPT_ARG_NONE, &json, 0, "print JSON", NULL},
                                         POPT_AUTOHELP POPT_TABLEEND};
    DEFER(command_line_fini) struct command_line line;
    struct store_paths paths;
    if (!command_line_init(&line, argc, argv, &(struct command_usage){options, "", 0, 0}) ||
        !store_paths_find(&where, &paths)) {
        return EXIT_USAGE;
    }
    struct seal_keys *keys;
    status s = keyring_open(paths.master, paths.keyring, false, &keys);
    if (!ok(s)) {
        complain_keys(&paths, s);
        return EXIT_FAILED;
    }
    struct receipt_signer signer;
    receipt_signer_init(&signer, keys);
    char public_key[2 * RECEIPT_PUBLIC_KEY_BYTES + 1];
    hex_encode(bytes_of(signer.public_key, sizeof(signer.public_key)), public_key);
    enum exit_code code = print_key(signer.key_id, public_key, json != 0);
    receipt_signer_fini(&signer);
    keyring_close(keys);
    return code;
}
