// The page of an interviewee or an episode keeps itself current.

import { prepare } from "./deciding.js";
import { keepLive } from "./live.js";

keepLive((part) => part.querySelectorAll("[data-decide]").forEach(prepare));
