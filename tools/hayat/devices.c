/* devices: the member's devices, and revoking one. */
#include <stdint.h>
#include <stdio.h>

#include "base/random.h"
#include "hayat.h"
#include "hayat/v1/session.pb-c.h"
#include "journal.h"
#include "message_json.h"
#include "output.h"
#include "usage.h"

static const struct method LIST_DEVICES = {"/hayat.v1.SessionService/ListDevices",
                                           &hayat__v1__list_devices_response__descriptor};
static const struct method REVOKE_DEVICE = {"/hayat.v1.SessionService/RevokeDevice",
                                            &hayat__v1__revoke_device_response__descriptor};

static void show(struct hayat *hayat, const Hayat__V1__Device *device)
{
    char created[TIME_TEXT_MAX], used[TIME_TEXT_MAX];
    time_text(device->create_time, created);
    time_text(device->last_use_time, used);
    output_safe(stdout, device->device_id);
    (void)printf("%s%s\n", device->is_caller ? "  " : "",
                 device->is_caller ? text_get(TEXT_THIS_DEVICE, hayat->language) : "");
    output_row(hayat, TEXT_ENROLLED_ON, created);
    output_row(hayat, TEXT_LAST_USED, used);
    output_row(hayat, TEXT_REVOKED, device->revoked ? text_get(TEXT_YES, hayat->language) : "");
}

status command_devices(struct hayat *hayat)
{
    Hayat__V1__ListDevicesRequest request = HAYAT__V1__LIST_DEVICES_REQUEST__INIT;
    Hayat__V1__ListDevicesResponse *response;
    TRY(hayat_call(hayat, LIST_DEVICES, &request.base, (ProtobufCMessage **)&response));
    if (hayat->arguments.json != 0) {
        return output_json(message_json(&response->base));
    }
    for (size_t i = 0; i < response->n_devices; i++) {
        show(hayat, response->devices[i]);
    }
    output_row(hayat, TEXT_PASSPHRASE,
               response->has_passphrase ? text_get(TEXT_YES, hayat->language) : "");
    return fflush(stdout) == 0 ? STATUS_OK : FAIL(FILE_UNWRITABLE);
}

status command_devices_revoke(struct hayat *hayat)
{
    char request_id[UUID_TEXT_BYTES];
    Hayat__V1__RevokeDeviceRequest request = HAYAT__V1__REVOKE_DEVICE_REQUEST__INIT;
    ProtobufCMessage *response;
    if (hayat->arguments.operand == NULL) {
        return usage_wrong("DEV_ID", TEXT_USE_ID);
    }
    uuid_new(&random_system, request_id);
    request.request_id = request_id;
    request.device_id = (char *)(uintptr_t)hayat->arguments.operand;
    return hayat_call_confirmed(hayat, REVOKE_DEVICE, &request.base, &response);
}
