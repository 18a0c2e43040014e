// CommonJS packages of Nest (throttler, axios) require these ES modules, which jest allows only once they are loaded.
import 'reflect-metadata';
import '@nestjs/common';
import '@nestjs/core';
