// Starts the API reference. It stands in a file because our policy runs no inline code.
"use strict";

SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  validatorUrl: null, // nothing is asked of anybody else's server
  persistAuthorization: false,
  tryItOutEnabled: false,
  defaultModelsExpandDepth: -1, // the schemas stand at each operation
});
