/** PouchDB in a real browser, in a page of another origin than the node's: what CORS, cookies and Blobs make of it. */
@NullMarked
package archipel.browser;

import org.jspecify.annotations.NullMarked;
