// Package auth has Teleport's own Go API client call the playground's auth service.
//
// oktasync's own tests run against the playground, so what the playground gets wrong, they get wrong. Here stands
// somebody else's client before it: Teleport's, with the identity files that the playground writes. What each call
// must answer was seen at a real auth server 18.0.0, or follows from Teleport's published types.
//
// There is no code but tests. Each starts a playground of its own.
package auth
