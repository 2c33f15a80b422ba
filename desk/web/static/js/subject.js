// The page of an interviewee or an episode keeps itself current.

import { autoRefresh } from "./auto-refresh.js";
import { prepare } from "./decision.js";
import { queryAll } from "./dom.js";

autoRefresh((part) => queryAll(part, "[data-decide]").forEach(prepare));
