/** The pages without a script of their own. */
import { keepFilesOutOfCard } from "./card.js";

keepFilesOutOfCard();
