// Without the routes of operators and vendors, which are `x-internal` in the API document.
export default {
  parser: { filters: { operations: { include: ['/^[A-Z]+ \\/v1\\//'] }, orphans: false } },
  plugins: ['@hey-api/client-fetch', '@hey-api/sdk', '@hey-api/typescript'],
};
