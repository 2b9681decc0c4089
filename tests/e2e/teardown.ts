import { writeResults } from './report';

export default writeResults;
