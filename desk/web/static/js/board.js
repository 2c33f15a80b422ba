// The board keeps itself current.

import { keepLive } from "./live.js";

keepLive();
