/** Parts of the page that come when they are first wanted. */
import { toast } from "./toast.js";

/** @typedef {import("../strings.js").Say} Say */

/**
 * @template T
 * @param {() => Promise<T>} part
 * @param {Say} say
 * @returns {Promise<T|null>} null when the network did not bring it
 */
export async function load(part, say) {
  try {
    return await part();
  } catch {
    toast(say("error.network"));
    return null;
  }
}
