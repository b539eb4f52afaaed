// The library at its public address, /roomcast.js. It hands on the module at /js/roomcast.js, which the pages here import
// as well: so a page never runs two copies of the library. ("../js/" is "/js/" in an address, and the folder on a disk.)

export * from "../js/roomcast.js";
