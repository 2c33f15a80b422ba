// The board keeps itself current.

import { autoRefresh } from "./auto-refresh.js";

autoRefresh();
