#include "storage/expiry_store.h"

#include <assert.h>

#include "base/codec.h"
#include "storage/challenge_store.h"
#include "storage/db.h"
#include "storage/delivery_store.h"
